/** Connections from load balancers that speak the PROXY protocol, until their header has told whose they are. */
import { WheelTimer } from '../timer-wheel.ts';
import { ByteQueue } from './byte-queue.ts';
import type { Http1Engine } from './engine.ts';
import { type Linked, OpenConnections } from './open-connections.ts';
import { readProxyHeader } from './proxy-header.ts';
import type { Wire, WireOwner } from './wire.ts';

/** Gives the wire another owner, as a connection of the client at `address`. */
type Admit = (wire: Wire, address: string) => void;

/** All those of one listener. */
export class ProxiedConnections {
  readonly #engine: Http1Engine;
  readonly #admit: Admit;
  readonly #open = new OpenConnections<AwaitedHeader>();

  constructor(engine: Http1Engine, admit: Admit) {
    this.#engine = engine;
    this.#admit = admit;
  }

  /** Takes over a wire that nobody owns yet. @param peer its address, which counts where the header names none */
  take(wire: Wire, peer: string): void {
    const admit = (address: string | null) => this.#admit(wire, address ?? peer);
    this.#open.add(
      new AwaitedHeader(wire, this.#engine, admit, (over) => {
        if (this.#open.delete(over)) this.#engine.stats.clientConnections--;
      }),
    );
    this.#engine.stats.clientConnections++;
  }

  get count(): number {
    return this.#open.size;
  }

  /** None of them has asked for anything yet. */
  closeAll(): void {
    for (const awaited of this.#open) awaited.destroy();
  }
}

/** The specification has whoever waits for a header drop what does not begin with one. */
class AwaitedHeader implements WireOwner, Linked<AwaitedHeader> {
  nextOpen: AwaitedHeader | null = null;
  previousOpen: AwaitedHeader | null = null;
  readonly #wire: Wire;
  readonly #engine: Http1Engine;
  readonly #admit: (address: string | null) => void;
  readonly #over: (awaited: AwaitedHeader) => void;
  readonly #timer: WheelTimer;
  readonly #early = new ByteQueue();

  constructor(
    wire: Wire,
    engine: Http1Engine,
    admit: (address: string | null) => void,
    over: (awaited: AwaitedHeader) => void,
  ) {
    this.#wire = wire;
    this.#engine = engine;
    this.#admit = admit;
    this.#over = over;
    this.#timer = new WheelTimer(() => this.#refuse());
    wire.owner = this;
    engine.wheel.set(this.#timer, engine.limits.headTimeoutMs);
  }

  received(bytes: Buffer, length: number): void {
    if (this.#early.length === 0) this.#read(bytes, length, bytes);
    else {
      this.#early.append(bytes, 0, length);
      this.#read(this.#early.bytes, this.#early.length, null);
    }
  }

  peerEnded(): void {
    this.destroy();
  }

  drained(): void {}

  lost(): void {
    this.#done();
  }

  destroy(): void {
    this.#done();
    this.#wire.destroy();
  }

  /** @param fresh what is not kept yet of it */
  #read(bytes: Buffer, length: number, fresh: Buffer | null): void {
    const header = readProxyHeader(bytes, length);
    if (header === 'malformed') this.#refuse();
    else if (header === 'incomplete') {
      if (fresh !== null) this.#early.append(fresh, 0, length);
    } else {
      this.#done();
      this.#admit(header.address);
      const { owner } = this.#wire;
      // Still this one where there is no room for so much as a refusal: then it is closed.
      if (owner === this || length === header.bytes) return;
      owner.received(bytes.subarray(header.bytes, length), length - header.bytes);
    }
  }

  #refuse(): void {
    this.#engine.stats.proxyHeadersRefused++;
    this.destroy();
  }

  #done(): void {
    this.#engine.wheel.remove(this.#timer);
    this.#over(this);
  }
}
