/**
 * What Node's own `net` is made of, as far as it is used here: undocumented, and the only file that knows of it. Whether
 * it works on this Node is tried at start (`choose-transport.ts`); where it does not, public API does the same.
 * (Node's lib/internal/stream_base_commons.js and lib/net.js use it; src/stream_base.cc is what answers.)
 */
import type { Server } from 'node:net';

/** Is told of what becomes of a handle and its requests; a status below 0 is an error. */
export interface HandleOwner {
  /** @param bytes came, or an error, or `END_OF_STREAM` @returns memory for the reads that follow, where it is another */
  onRead(bytes: number): Buffer | undefined;
  onConnected(status: number): void;
  /** Not called where all was written at once. */
  onWritten(status: number): void;
  onShut(): void;
  onClosed(): void;
}

/** A TCP socket of libuv's. Calls return 0, or an error as a negative number. */
export interface TcpHandle {
  /** A place of our own (`owner` is one of Node's). */
  ownedBy: HandleOwner;
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
  ownedBy: HandleOwner;
  oncomplete: (this: HandleRequest, status: number) => void;
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
  readonly TCP: { new (kind: number): TcpHandle; readonly prototype: TcpHandle };
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

/** All of `TcpHandle` that is called. */
const METHODS = [
  'useUserBuffer',
  'readStart',
  'readStop',
  'writeLatin1String',
  'writeBuffer',
  'writev',
  'shutdown',
  'reset',
  'close',
  'connect',
  'connect6',
  'getpeername',
  'setNoDelay',
  'setKeepAlive',
] as const satisfies readonly (keyof TcpHandle)[];

/** Throws where this Node has not all of this. */
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
  for (const name of METHODS) {
    if (typeof TCP.prototype[name] !== 'function') throw new Error(`a TCP handle of this Node has no ${name}`);
  }
}

/** UV_EOF. */
export const END_OF_STREAM = -4095;

/** After a write that returned 0: the kernel did not take all of it, and `onWritten` follows. */
export function lastWriteIsUnderWay(): boolean {
  return streamBaseState[kLastWriteWasAsync] !== 0;
}

export function newSocket(): TcpHandle {
  return new TCP(constants.SOCKET);
}

/** From now on `owner` is told. */
export function adopt(handle: TcpHandle, owner: HandleOwner): void {
  handle.ownedBy = owner;
  handle.onread = onRead;
}

/** `owner` is told once it is closed. */
export function close(handle: TcpHandle): void {
  handle.close(onClosed);
}

/** The same, with RST. */
export function reset(handle: TcpHandle): void {
  handle.reset(onClosed);
}

export function newWrite(owner: HandleOwner): WriteRequest {
  const request = new WriteWrap();
  request.ownedBy = owner;
  request.oncomplete = onWritten;
  return request;
}

export function newShutdown(owner: HandleOwner): ShutdownRequest {
  const request = new ShutdownWrap();
  request.ownedBy = owner;
  request.oncomplete = onShut;
  return request;
}

export function newConnect(owner: HandleOwner): ConnectRequest {
  const request = new TCPConnectWrap();
  request.ownedBy = owner;
  request.oncomplete = onConnected;
  return request;
}

/** A server that listens. */
interface ListeningServer {
  readonly _handle: {
    onconnection(error: number, accepted: TcpHandle | undefined): void;
    setNoDelay(on: boolean): number;
    setKeepAlive(on: boolean, delayS: number): number;
  };
  _connections: number;
  _emitCloseIfDrained(): void;
}

/**
 * Takes connections as they come from the kernel, before a socket is made of them; from `listening` on.
 * @param keepAliveS see `setKeepAlive` of sockets
 * @param accepted gets each, and what to call once it is closed
 */
export function takeAccepted(
  listening: Server,
  keepAliveS: number,
  accepted: (handle: TcpHandle, closed: () => void) => void,
): void {
  const server = listening as unknown as ListeningServer;
  const handle = server._handle;
  // What is accepted inherits this: no system calls for each connection.
  handle.setNoDelay(true);
  handle.setKeepAlive(true, keepAliveS);
  // The server is closed once its last connection is.
  function closed(): void {
    server._connections--;
    server._emitCloseIfDrained();
  }
  const failed = handle.onconnection;
  handle.onconnection = (error, client) => {
    if (error !== 0 || client === undefined) {
      failed.call(handle, error, client);
      return;
    }
    server._connections++;
    accepted(client, closed);
  };
}

// The same for all: no request costs a closure.

function onRead(this: TcpHandle): Buffer | undefined {
  return this.ownedBy.onRead(streamBaseState[kReadBytesOrError]!);
}

function onConnected(this: HandleRequest, status: number): void {
  this.ownedBy.onConnected(status);
}

function onWritten(this: HandleRequest, status: number): void {
  this.ownedBy.onWritten(status);
}

function onShut(this: HandleRequest): void {
  this.ownedBy.onShut();
}

function onClosed(this: TcpHandle): void {
  this.ownedBy.onClosed();
}
