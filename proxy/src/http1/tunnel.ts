/** An upgraded connection: bytes go both ways as they come, and each side sees how the other ended. */
import { WheelTimer } from '../timer-wheel.ts';
import { POKE_MS } from './departure.ts';
import type { Http1Engine } from './engine.ts';
import { latin1 } from './latin1.ts';
import type { Wire, WireOwner } from './wire.ts';

class TunnelEnd implements WireOwner {
  readonly wire: Wire;
  readonly #tunnel: Tunnel;
  other: TunnelEnd;
  hasEnded = false;
  isLost = false;

  constructor(wire: Wire, tunnel: Tunnel) {
    this.wire = wire;
    this.#tunnel = tunnel;
    this.other = this;
    wire.owner = this;
  }

  received(bytes: Buffer, length: number): void {
    this.#tunnel.progress(this, length);
    if (this.other.isLost) return;
    if (!this.other.wire.relay(this.wire, bytes, 0, length)) this.wire.pause();
  }

  peerEnded(): void {
    this.hasEnded = true;
    this.#tunnel.sideEnded();
    if (!this.other.isLost) this.other.wire.end();
  }

  drained(): void {
    if (!this.other.isLost) this.other.wire.resume();
  }

  lost(): void {
    this.isLost = true;
    // A side that ended in order has had its say; one that broke off must not look as if it had ended.
    if (!this.other.isLost && !(this.hasEnded && this.other.hasEnded)) this.other.wire.reset();
    this.#tunnel.sideLost();
  }
}

export class Tunnel {
  readonly #client: TunnelEnd;
  readonly #pod: TunnelEnd;
  readonly #engine: Http1Engine;
  readonly #idleTimeoutMs: number;
  readonly #idle: WheelTimer;
  /** While one side has ended: nothing is read from it, so that it has to be asked whether it is still there. */
  readonly #poke: WheelTimer;
  readonly #ended: () => void;

  /**
   * @param idleTimeoutMs without a byte either way; 0 = no limit
   * @param ended called once, when both sides are closed
   */
  constructor(engine: Http1Engine, client: Wire, pod: Wire, idleTimeoutMs: number, ended: () => void) {
    this.#engine = engine;
    this.#idleTimeoutMs = idleTimeoutMs;
    this.#ended = ended;
    this.#idle = new WheelTimer(() => this.destroy());
    this.#poke = new WheelTimer(() => {
      engine.wheel.set(this.#poke, POKE_MS);
      for (const side of [this.#client, this.#pod]) if (side.hasEnded) side.wire.poke();
    });
    this.#client = new TunnelEnd(client, this);
    this.#pod = new TunnelEnd(pod, this);
    this.#client.other = this.#pod;
    this.#pod.other = this.#client;
  }

  /**
   * @param early what the client sent before the pod agreed
   * @param clientHasEnded its FIN came before as well
   */
  begin(early: Buffer, clientHasEnded: boolean): void {
    this.#armIdle();
    this.#pod.wire.resume();
    const settled = early.length === 0 || this.#pod.wire.writeText(latin1(early, 0, early.length));
    if (settled) this.#client.wire.resume();
    else this.#client.wire.pause();
    if (!this.#client.wire.isSettled) this.#pod.wire.pause();
    if (clientHasEnded) this.#client.peerEnded();
  }

  /** Bytes came in at one side. */
  progress(from: TunnelEnd, bytes: number): void {
    const { stats } = this.#engine;
    if (from === this.#client) stats.clientBytesRead += bytes;
    else stats.clientBytesWritten += bytes;
    this.#armIdle();
  }

  sideEnded(): void {
    this.#engine.wheel.set(this.#poke, POKE_MS);
  }

  sideLost(): void {
    if (!this.#client.isLost || !this.#pod.isLost) return;
    this.#engine.wheel.remove(this.#idle);
    this.#engine.wheel.remove(this.#poke);
    this.#ended();
  }

  /** Cuts both sides off, visibly. */
  destroy(): void {
    this.#client.wire.reset();
    this.#pod.wire.reset();
  }

  #armIdle(): void {
    if (this.#idleTimeoutMs > 0) this.#engine.wheel.set(this.#idle, this.#idleTimeoutMs);
  }
}
