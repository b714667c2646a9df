/** A member of the chat on Node's own WebSocket. */
import { until } from '@rouse/contract/testing';

export interface Said {
  readonly id: string;
  readonly text: string;
  readonly pod: string;
}

export class ChatSocket {
  readonly #socket: WebSocket;
  readonly said: Said[] = [];
  readonly files: Buffer[] = [];
  /** How the connection ended; null while it has not. 1006: without a close frame. */
  closeCode: number | null = null;

  constructor(url: string) {
    this.#socket = new WebSocket(url);
    this.#socket.binaryType = 'arraybuffer';
    this.#socket.addEventListener('message', ({ data }) => {
      if (typeof data === 'string') this.said.push(JSON.parse(data) as Said);
      else this.files.push(Buffer.from(data as ArrayBuffer));
    });
    this.#socket.addEventListener('close', ({ code }) => {
      this.closeCode = code;
    });
  }

  /** @throws when the server does not agree within 30 s */
  async open(): Promise<this> {
    const { readyState } = await until(
      () => this.#socket.readyState !== WebSocket.CONNECTING && this.#socket,
      `an answer to the upgrade to ${this.#socket.url}`,
      30_000,
    );
    if (readyState !== WebSocket.OPEN) throw new Error(`no WebSocket at ${this.#socket.url}`);
    return this;
  }

  /** Says something, and hears it come back. @throws when the connection ends first */
  async say(text: string): Promise<Said> {
    this.#socket.send(text);
    return until(() => this.#open(this.said.find((each) => each.text === text)), `"${text}" to come back`);
  }

  /** Sends bytes in one message, and has them back. */
  async pass(bytes: Buffer<ArrayBuffer>): Promise<Buffer> {
    this.#socket.send(bytes);
    return until(() => this.#open(this.files[0]), `${bytes.length} bytes to come back`, 60_000);
  }

  async close(): Promise<number> {
    this.#socket.close(1000);
    await until(() => this.closeCode !== null, 'the end of the connection');
    return this.closeCode!;
  }

  #open<T>(heard: T): T {
    if (heard === undefined && this.closeCode !== null) throw new Error(`closed with ${this.closeCode}`);
    return heard;
  }
}
