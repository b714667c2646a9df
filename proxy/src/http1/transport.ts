/** How bytes get in and out of sockets: reused read buffers through the accepted handle, or public Node API alone. */
import net, { type Server, type Socket, type SocketConstructorOpts } from 'node:net';
import { CopyingWire, DataWire } from './public-wires.ts';
import { Wire } from './wire.ts';

export interface Transport {
  readonly name: 'onread' | 'data';
  /** A listener that is not listening yet; `accept` gets each connection, which reads from the next turn on. */
  createListener(accept: (wire: Wire) => void): Server;
  /** A connection being made to an IP literal; `connected` is called unless `lost` comes first. */
  connect(address: string, port: number, connected: () => void): Wire;
}

/** Larger reads cost fewer system calls and more cache misses: twice as much costs half as much again for each MiB. */
const PRIVATE_BYTES = 32_768;
/** Holding a request must not take much memory, so a read from a client brings at most this much. */
const CLIENT_READ_BYTES = 8_192;
const POD_READ_BYTES = 32_768;
const SPARE_BUFFERS = 64;
/**
 * A peer that left without a word (power, network, or FIN while a silent stream is open) is noticed by the kernel's own
 * probes, once a second after this long without a byte: its request must not keep a workload awake for good.
 */
const LIVENESS = { keepAlive: true, keepAliveInitialDelay: 15_000 } as const;

/** The part of Node's TCP handle used here; undocumented, hence the probe and the other transport. */
interface TcpHandle {
  reading: boolean;
  readonly writeQueueSize: number;
  readStart(): number;
  readStop(): number;
  useUserBuffer(buffer: Uint8Array): void;
  writeLatin1String(request: WriteRequest, text: string): number;
}
/** Of a listening server. */
interface ListeningHandle {
  onconnection(error: number, accepted: TcpHandle | undefined): void;
  setNoDelay(on: boolean): number;
  setKeepAlive(on: boolean, delayS: number): number;
}
/** Names a write that the kernel did not take at once. */
interface WriteRequest {
  oncomplete: (status: number) => void;
}
interface SocketWithHandle {
  _handle: TcpHandle | null;
  _server: Server | null;
}
function inside(socket: Socket): SocketWithHandle {
  return socket as unknown as SocketWithHandle;
}

function writeFault(): NodeJS.ErrnoException {
  return Object.assign(new Error('write failed'), { code: 'EPIPE', syscall: 'write' });
}

const clientMemory = Buffer.allocUnsafeSlow(CLIENT_READ_BYTES);
const podMemory = Buffer.allocUnsafeSlow(POD_READ_BYTES);
const spareMemory: Buffer[] = [];

/** Makes write requests; known from the first write on. */
let newWriteRequest: (new () => WriteRequest) | null = null;

/** Reads into memory shared by all connections of one kind, or into its own while a long stream lasts. */
class OnreadWire extends Wire {
  #memory: Buffer;
  readonly #shared: Buffer;
  #wantsOwn = false;
  #request: WriteRequest | null = null;

  constructor(shared: Buffer, open: (read: (length: number) => boolean) => Socket) {
    let read = (_length: number): boolean => true;
    super(open((length) => read(length)));
    this.#shared = shared;
    this.#memory = shared;
    read = (length) => {
      this.owner.received(this.#memory, length);
      if (length === this.#memory.length) this.tookFullRead(length);
      if (this.#wantsOwn) this.#takeOwn();
      return true;
    };
  }

  override get ownsBytes(): boolean {
    return this.#memory !== this.#shared;
  }

  protected override stopReading(): void {
    const handle = inside(this.socket)._handle;
    if (handle === null || this.socket.connecting) return;
    handle.reading = false;
    handle.readStop();
  }

  protected override startReading(): void {
    const handle = inside(this.socket)._handle;
    if (handle === null || this.socket.connecting) return;
    handle.reading = true;
    handle.readStart();
  }

  override ownBytes(): void {
    this.#wantsOwn = !this.ownsBytes;
  }

  override shareBytes(settled: boolean): void {
    this.#wantsOwn = false;
    const memory = this.#memory;
    if (memory === this.#shared) return;
    this.#memory = this.#shared;
    inside(this.socket)._handle?.useUserBuffer(this.#shared);
    // What a pending write still refers to is left to the garbage collector.
    if (settled && spareMemory.length < SPARE_BUFFERS) spareMemory.push(memory);
  }

  /** As `socket.write` does, without the machinery of streams, which costs as much as all parsing of a request. */
  override writeText(text: string): boolean {
    const { socket } = this;
    const handle = inside(socket)._handle;
    if (handle === null || this.isEnding || this.isCorked || socket.connecting || !this.isSettled) {
      return super.writeText(text);
    }
    if (newWriteRequest === null) return this.#writeAndLearn(handle, text);
    this.#request ??= this.#newRequest();
    const error = handle.writeLatin1String(this.#request, text);
    if (error !== 0) {
      socket.destroy(writeFault());
      return true;
    }
    if (handle.writeQueueSize === 0) return true;
    // It names that write until it is done.
    this.#request = null;
    this.writesUnderWay++;
    return this.notSettled();
  }

  /** The class of write requests is not exported: it is taken from one that the socket makes. */
  #writeAndLearn(handle: TcpHandle, text: string): boolean {
    const write = handle.writeLatin1String;
    handle.writeLatin1String = (request, written) => {
      newWriteRequest = request.constructor as new () => WriteRequest;
      return write.call(handle, request, written);
    };
    const settled = super.writeText(text);
    handle.writeLatin1String = write;
    return settled;
  }

  #newRequest(): WriteRequest {
    const request = new newWriteRequest!();
    request.oncomplete = this.#onWritten;
    return request;
  }

  readonly #onWritten = (status: number): void => {
    this.writesUnderWay--;
    if (status !== 0) this.socket.destroy(writeFault());
  };

  override get unsentBytes(): number {
    return inside(this.socket)._handle?.writeQueueSize ?? 0;
  }

  #takeOwn(): void {
    this.#wantsOwn = false;
    const handle = inside(this.socket)._handle;
    if (handle === null) return;
    this.#memory = spareMemory.pop() ?? Buffer.allocUnsafeSlow(PRIVATE_BYTES);
    handle.useUserBuffer(this.#memory);
  }
}

/** Takes connections as they come from the kernel: the socket that a server makes of each has no reused memory. */
function takeAccepted(server: Server, accept: (wire: Wire) => void): void {
  const listening = (server as unknown as { _handle: ListeningHandle })._handle;
  // What is accepted inherits this: no system calls for each connection.
  listening.setNoDelay(true);
  listening.setKeepAlive(true, LIVENESS.keepAliveInitialDelay / 1000);
  const failed = listening.onconnection;
  listening.onconnection = (error, handle) => {
    if (error !== 0 || handle === undefined) {
      failed.call(listening, error, handle);
      return;
    }
    accept(
      new OnreadWire(clientMemory, (callback) => {
        const options = { handle, allowHalfOpen: true, onread: { buffer: clientMemory, callback } };
        const socket = new net.Socket(options as unknown as SocketConstructorOpts);
        // The server counts its connections: the socket tells it when it closes.
        (server as unknown as { _connections: number })._connections++;
        inside(socket)._server = server;
        socket.read(0);
        return socket;
      }),
    );
  };
}

export const onreadTransport: Transport = {
  name: 'onread',
  createListener(accept) {
    const server = net.createServer();
    return server.on('listening', () => {
      try {
        takeAccepted(server, accept);
      } catch (error) {
        // Another Node, without these handles: whoever tries it gets to know.
        server.emit('error', error);
      }
    });
  },
  connect(address, port, connected) {
    return new OnreadWire(podMemory, (callback) => {
      const onread = { buffer: podMemory, callback };
      const socket = net.connect({ host: address, port, noDelay: true, allowHalfOpen: true, onread, ...LIVENESS });
      socket.on('connect', connected);
      return socket;
    });
  },
};

export const dataTransport: Transport = {
  name: 'data',
  createListener(accept) {
    return net.createServer({ allowHalfOpen: true, noDelay: true, ...LIVENESS }, (socket) =>
      accept(new DataWire(socket)),
    );
  },
  connect(address, port, connected) {
    return new CopyingWire(podMemory, (onread) => {
      const socket = net.connect({ host: address, port, noDelay: true, allowHalfOpen: true, onread, ...LIVENESS });
      socket.on('connect', connected);
      return socket;
    });
  },
};
