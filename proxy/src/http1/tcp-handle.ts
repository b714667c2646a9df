/**
 * What Node's own `net` is made of, as far as it is used here: undocumented, and the only file that knows of it. Whether
 * it works on this Node is tried at start (`choose-transport.ts`); where it does not, public API does the same.
 * (Node's lib/internal/stream_base_commons.js and lib/net.js use it; src/stream_base.cc is what answers.)
 */
import type { HandleWire } from './handle-wire.ts';

/** A TCP socket of libuv's. Calls return 0, or an error as a negative number. */
export interface TcpHandle {
  /** Whose it is; a place of our own. */
  wire: HandleWire;
  /** Bytes came, or an error or the end did: see `lastRead`. May return other memory for the reads that follow. */
  onread: (this: TcpHandle) => Buffer | undefined;
  readonly writeQueueSize: number;
  /** Memory that is read into; kept alive by the caller. Costs some bytes each time for as long as the socket lives. */
  useUserBuffer(memory: Buffer): void;
  readStart(): number;
  readStop(): number;
  writeLatin1String(request: WriteRequest, text: string): number;
  writeBuffer(request: WriteRequest, bytes: Buffer): number;
  /** @param pairs a piece, its encoding, a piece, … */
  writev(request: WriteRequest, pairs: readonly (string | Buffer)[], allBuffers: false): number;
  /** FIN once all is written. */
  shutdown(request: ShutdownRequest): number;
  /** Never while `shutdown` is under way: it would then not close at all. */
  reset(closed: (this: TcpHandle) => void): number;
  close(closed: (this: TcpHandle) => void): void;
  connect(request: ConnectRequest, address: string, port: number): number;
  connect6(request: ConnectRequest, address: string, port: number): number;
  getpeername(into: { address?: string }): number;
  setNoDelay(on: boolean): number;
  setKeepAlive(on: boolean, delayS: number): number;
}

interface HandleRequest {
  wire: HandleWire;
  /** It is over; not called where all was done at once. */
  oncomplete: (this: this, status: number) => void;
}
export interface WriteRequest extends HandleRequest {
  /** Kept alive until they are written. */
  pieces: unknown;
}
export type ShutdownRequest = HandleRequest;
export type ConnectRequest = HandleRequest;

interface StreamBinding {
  readonly WriteWrap: new () => WriteRequest;
  readonly ShutdownWrap: new () => ShutdownRequest;
  /** How the last call, or the last call back, went; by the places that follow. */
  readonly streamBaseState: Int32Array;
  readonly kReadBytesOrError: number;
  readonly kLastWriteWasAsync: number;
}
interface TcpBinding {
  readonly TCP: new (kind: number) => TcpHandle;
  readonly TCPConnectWrap: new () => ConnectRequest;
  readonly constants: { readonly SOCKET: number };
}
type BindingOf = (name: string) => unknown;

/** Deprecated (DEP0111), and there is no other way: how many bytes came is told here alone. Empty where it is gone. */
function binding<T>(name: string): T {
  try {
    return (process as unknown as { binding: BindingOf }).binding(name) as T;
  } catch {
    return {} as T;
  }
}
const { WriteWrap, ShutdownWrap, streamBaseState, kReadBytesOrError, kLastWriteWasAsync } =
  binding<StreamBinding>('stream_wrap');
const { TCP, TCPConnectWrap, constants } = binding<TcpBinding>('tcp_wrap');

/** Throws where this Node has none of this. */
export function requireHandles(): void {
  const needed = {
    WriteWrap,
    ShutdownWrap,
    streamBaseState,
    kReadBytesOrError,
    kLastWriteWasAsync,
    TCP,
    TCPConnectWrap,
  };
  for (const [name, value] of Object.entries(needed)) {
    if (value === undefined) throw new Error(`this Node has no ${name}`);
  }
}

/** UV_EOF. */
export const END_OF_STREAM = -4095;

/** Within `onread`: how many bytes came; negative is an error, or `END_OF_STREAM`. */
export function lastRead(): number {
  return streamBaseState[kReadBytesOrError]!;
}

/** After a write that returned 0: the kernel did not take all of it, and `oncomplete` follows. */
export function lastWriteIsUnderWay(): boolean {
  return streamBaseState[kLastWriteWasAsync] !== 0;
}

export function newSocket(): TcpHandle {
  return new TCP(constants.SOCKET);
}

export function newWrite(wire: HandleWire, oncomplete: WriteRequest['oncomplete']): WriteRequest {
  return begun(new WriteWrap(), wire, oncomplete);
}

export function newShutdown(wire: HandleWire, oncomplete: ShutdownRequest['oncomplete']): ShutdownRequest {
  return begun(new ShutdownWrap(), wire, oncomplete);
}

export function newConnect(wire: HandleWire, oncomplete: ConnectRequest['oncomplete']): ConnectRequest {
  return begun(new TCPConnectWrap(), wire, oncomplete);
}

function begun<T extends HandleRequest>(request: T, wire: HandleWire, oncomplete: T['oncomplete']): T {
  request.wire = wire;
  request.oncomplete = oncomplete;
  return request;
}
