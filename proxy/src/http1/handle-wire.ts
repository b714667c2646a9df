/**
 * A connection on the TCP handle alone: reads into reused memory, writes at once. What `net.Socket` and its two streams
 * add costs more than all else that a request takes, and memory for each connection that is held.
 */
import { isIPv6 } from 'node:net';
import { getSystemErrorName } from 'node:util';
import {
  adopt,
  close,
  END_OF_STREAM,
  type HandleOwner,
  lastWriteIsUnderWay,
  newConnect,
  newShutdown,
  newSocket,
  newWrite,
  reset,
  type TcpHandle,
  type WriteRequest,
} from './tcp-handle.ts';
import { Wire } from './wire.ts';

/** Larger reads cost fewer system calls and more cache misses: twice as much costs half as much again for each MiB. */
const PRIVATE_BYTES = 32_768;
const SPARE_BUFFERS = 64;
/** What a write tells of a reset behind FIN: that was an end. */
const FIN_CAME_FIRST = 'EPIPE';
/**
 * A peer that left without a word (power, network, or FIN while a silent stream is open) is noticed by the kernel's own
 * probes, once a second after this long without a byte: its request must not keep a workload awake for good.
 */
export const LIVENESS_S = 15;

const spareMemory: Buffer[] = [];

export class HandleWire extends Wire implements HandleOwner {
  /** Null once it is closing. */
  #handle: TcpHandle | null;
  #memory: Buffer;
  readonly #shared: Buffer;
  #wantsOwn = false;
  /** A call back with bytes is under way. */
  #isReceiving = false;
  /** Null once it is. */
  #whenConnected: (() => void) | null = null;
  #hasEnded = false;
  /** FIN is on its way to the kernel, and then with it. */
  #isShutting = false;
  #isShut = false;
  #tellsShut = false;
  #resetsOnceShut = false;
  /** A write found that the connection has broken: what reading makes of that is no end. */
  #writeError = 0;
  #readsOnAfterFault = false;
  /** While corked: a piece, its encoding, a piece, … */
  #gathered: (string | Buffer)[] | null = null;
  #writesUnderWay = 0;
  #bytesWritten = 0;
  /** Not in use; only a write that takes time uses one up. */
  #request: WriteRequest | null = null;
  readonly #whenClosed: (() => void) | null;

  /**
   * @param shared read into by all connections of one kind, but for those in a long stream
   * @param whenClosed called once, before `lost`
   */
  private constructor(handle: TcpHandle, shared: Buffer, whenClosed: (() => void) | null) {
    super();
    this.#handle = handle;
    this.#shared = shared;
    this.#memory = shared;
    this.#whenClosed = whenClosed;
    adopt(handle, this);
    handle.useUserBuffer(shared);
  }

  /** An accepted connection; reads from the next turn on. */
  static accepted(handle: TcpHandle, shared: Buffer, whenClosed: () => void): HandleWire {
    const wire = new HandleWire(handle, shared, whenClosed);
    wire.startReading();
    return wire;
  }

  /** A connection being made to an IP literal; `connected` is called unless `lost` comes first. */
  static connecting(address: string, port: number, shared: Buffer, connected: () => void): HandleWire {
    const handle = newSocket();
    const wire = new HandleWire(handle, shared, null);
    wire.#whenConnected = connected;
    const request = newConnect(wire);
    const error = isIPv6(address) ? handle.connect6(request, address, port) : handle.connect(request, address, port);
    if (error !== 0) wire.#fail(error);
    return wire;
  }

  onConnected(status: number): void {
    if (this.#handle === null) return;
    if (status < 0) {
      this.#fail(status);
      return;
    }
    this.#handle.setNoDelay(true);
    this.#handle.setKeepAlive(true, LIVENESS_S);
    const connected = this.#whenConnected!;
    this.#whenConnected = null;
    if (this.reading) this.startReading();
    connected();
  }

  // ── reading ─────────────────────────────────────────────────────────────────────────────────────────────────────

  /** The engine's: bytes came, or an error or the end. @returns memory for the reads that follow, where it is another */
  onRead(bytes: number): Buffer | undefined {
    if (bytes <= 0) {
      this.#onEndOrError(bytes);
      return undefined;
    }
    const memory = this.#memory;
    this.#isReceiving = true;
    this.owner.received(memory, bytes);
    this.#isReceiving = false;
    if (bytes === memory.length) this.tookFullRead(bytes);
    if (this.#wantsOwn && this.#handle !== null) {
      this.#wantsOwn = false;
      this.#memory = spareMemory.pop() ?? Buffer.allocUnsafeSlow(PRIVATE_BYTES);
    }
    return this.#memory === memory ? undefined : this.#memory;
  }

  #onEndOrError(status: number): void {
    if (status === 0 || this.#handle === null) return;
    // The kernel tells of a fault once, and has an end for who asks again.
    const error = status === END_OF_STREAM ? this.#writeError : status;
    if (error !== 0) {
      this.#fail(error);
      return;
    }
    this.#hasEnded = true;
    this.owner.peerEnded();
    if (this.#isShut) this.destroy();
  }

  protected override startReading(): void {
    if (this.#handle === null || this.#whenConnected !== null || this.#hasEnded || this.#resetsOnceShut) return;
    const error = this.#handle.readStart();
    if (error !== 0) this.#fail(error);
  }

  protected override stopReading(): void {
    if (this.#whenConnected === null) this.#handle?.readStop();
  }

  override get ownsBytes(): boolean {
    return this.#memory !== this.#shared;
  }

  override ownBytes(): void {
    this.#wantsOwn = !this.ownsBytes;
  }

  override shareBytes(settled: boolean): void {
    this.#wantsOwn = false;
    const memory = this.#memory;
    if (memory === this.#shared) return;
    this.#memory = this.#shared;
    // Within a call back its return value does it, which leaves nothing behind.
    if (!this.#isReceiving) this.#handle?.useUserBuffer(this.#shared);
    // What a pending write still refers to is left to the garbage collector.
    if (settled && spareMemory.length < SPARE_BUFFERS) spareMemory.push(memory);
  }

  override get remoteAddress(): string {
    const peer: { address?: string } = {};
    this.#handle?.getpeername(peer);
    return peer.address ?? '';
  }

  // ── writing ─────────────────────────────────────────────────────────────────────────────────────────────────────

  override get unsentBytes(): number {
    return this.#handle?.writeQueueSize ?? 0;
  }

  override get bytesWritten(): number {
    return this.#bytesWritten;
  }

  override get isSettled(): boolean {
    return this.#writesUnderWay === 0 && this.#gathered === null;
  }

  override writeText(text: string): boolean {
    if (this.#handle === null || this.isEnding) return true;
    this.#bytesWritten += text.length;
    if (this.isCorked) return this.#gather(text, 'latin1');
    this.#request ??= newWrite(this);
    return this.#wrote(this.#handle.writeLatin1String(this.#request, text), null);
  }

  override writeBytes(bytes: Buffer): boolean {
    if (this.#handle === null || this.isEnding) return true;
    this.#bytesWritten += bytes.length;
    if (this.isCorked) return this.#gather(bytes, 'buffer');
    this.#request ??= newWrite(this);
    return this.#wrote(this.#handle.writeBuffer(this.#request, bytes), bytes);
  }

  override cork(): void {
    this.isCorked = true;
  }

  override uncork(): boolean {
    this.isCorked = false;
    const pairs = this.#gathered;
    this.#gathered = null;
    if (pairs === null || this.#handle === null) return this.isSettled;
    this.#request ??= newWrite(this);
    return this.#wrote(this.#handle.writev(this.#request, pairs, false), pairs);
  }

  override poke(): void {
    if (this.#handle === null || this.isEnding || !this.isSettled) return;
    this.#request ??= newWrite(this);
    this.#wrote(this.#handle.writeLatin1String(this.#request, ''), null);
  }

  #gather(piece: string | Buffer, encoding: string): false {
    if (this.#gathered === null) this.#gathered = [piece, encoding];
    else this.#gathered.push(piece, encoding);
    return false;
  }

  /** What became of a write. @param pieces memory it may still refer to */
  #wrote(error: number, pieces: unknown): boolean {
    if (error !== 0) {
      this.#writeFailed(error);
      return true;
    }
    if (!lastWriteIsUnderWay()) return true;
    this.#request!.pieces = pieces;
    this.#request = null;
    this.#writesUnderWay++;
    return false;
  }

  /** The engine's: a write that took time is over. */
  onWritten(status: number): void {
    this.#writesUnderWay--;
    if (this.#handle === null) return;
    if (status < 0) this.#writeFailed(status);
    else if (this.#writesUnderWay > 0) return;
    else if (this.isEnding) this.#shut();
    else this.owner.drained();
  }

  #writeFailed(error: number): void {
    if (this.hasFailed) return;
    if (getSystemErrorName(error) !== FIN_CAME_FIRST) this.#writeError = error;
    if (this.#readsOnAfterFault) this.failSoon(() => this.#fail(error));
    else this.#fail(error);
  }

  override readsOnAfterWriteFault(): void {
    this.#readsOnAfterFault = true;
  }

  // ── ending ──────────────────────────────────────────────────────────────────────────────────────────────────────

  override end(): void {
    if (this.#handle === null || this.isEnding) return;
    if (this.isCorked) this.uncork();
    this.isEnding = true;
    this.#tellsShut = this.#writesUnderWay > 0;
    if (!this.#tellsShut) this.#shut();
  }

  /** Only once nothing is under way: behind bytes that the peer does not take, no reset would be possible. */
  #shut(): void {
    const handle = this.#handle;
    if (handle === null) return;
    this.#isShutting = true;
    // Where the connection is gone already, reading tells of it.
    if (handle.shutdown(newShutdown(this)) !== 0) this.onShut();
  }

  /** The engine's: FIN is with the kernel, behind all that was written; or the connection is gone. */
  onShut(): void {
    this.#isShutting = false;
    this.#isShut = true;
    if (this.#handle === null) return;
    if (this.#resetsOnceShut) {
      this.reset();
      return;
    }
    if (this.#tellsShut) this.owner.drained();
    if (this.#hasEnded) this.destroy();
  }

  override destroy(): void {
    const handle = this.#handle;
    if (handle === null) return;
    this.#handle = null;
    close(handle);
  }

  override reset(): void {
    const handle = this.#handle;
    if (handle === null) return;
    if (this.#isShutting) {
      // It would be refused now, and nothing closed.
      this.#resetsOnceShut = true;
      handle.readStop();
      return;
    }
    this.#handle = null;
    if (this.#whenConnected === null) reset(handle);
    else close(handle);
  }

  /** The engine's: the handle is closed. */
  onClosed(): void {
    this.#whenClosed?.();
    this.closed();
  }

  #fail(error: number): void {
    if (this.#handle === null) return;
    this.errorCode = getSystemErrorName(error);
    this.destroy();
  }
}
