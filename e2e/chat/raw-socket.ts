/** A WebSocket client on a bare connection (RFC 6455), for what no library does: frames before the 101, and a half-close. */
import net from 'node:net';
import { until } from '@rouse/contract/testing';

const TEXT = 0x81;
const SHORT = 126;

/** A whole text message as a client sends it, masked; at most 125 bytes. */
export function textFrame(text: string): Buffer {
  const payload = Buffer.from(text);
  const mask = Buffer.from([0x11, 0x22, 0x33, 0x44]);
  for (let at = 0; at < payload.length; at++) payload[at]! ^= mask[at % 4]!;
  return Buffer.concat([Buffer.from([TEXT, 0x80 | payload.length]), mask, payload]);
}

export class RawSocket {
  readonly #socket: net.Socket;
  #received = Buffer.alloc(0);
  hasEnded = false;
  fault = '';

  /** Sends the handshake and `early` in one write. */
  constructor(port: number, path: string, early: Buffer) {
    const head = [`GET ${path} HTTP/1.1`, 'Host: localhost', 'Connection: Upgrade', 'Upgrade: websocket'];
    const key = ['Sec-WebSocket-Version: 13', 'Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ=='];
    this.#socket = net.connect({ port, host: '127.0.0.1', allowHalfOpen: true });
    this.#socket.write(Buffer.concat([Buffer.from(`${[...head, ...key].join('\r\n')}\r\n\r\n`), early]));
    this.#socket.on('data', (bytes: Buffer) => {
      this.#received = Buffer.concat([this.#received, bytes]);
    });
    this.#socket.once('end', () => {
      this.hasEnded = true;
    });
    this.#socket.once('error', (error: NodeJS.ErrnoException) => {
      this.fault = error.code ?? error.message;
    });
  }

  /** Sends FIN, and still reads. */
  end(bytes: Buffer): void {
    this.#socket.end(bytes);
  }

  destroy(): void {
    this.#socket.destroy();
  }

  /** Head of the answer; empty while it is not complete. */
  get head(): string {
    const end = this.#received.indexOf('\r\n\r\n');
    return end === -1 ? '' : this.#received.toString('latin1', 0, end);
  }

  /** The complete text messages so far, each at most 125 bytes. */
  texts(): string[] {
    const texts: string[] = [];
    let at = this.#received.indexOf('\r\n\r\n') + 4;
    if (at < 4) return texts;
    while (at + 2 <= this.#received.length) {
      const length = this.#received[at + 1]!;
      if (length >= SHORT) throw new Error('a long frame');
      if (at + 2 + length > this.#received.length) break;
      if (this.#received[at] === TEXT) texts.push(this.#received.toString('utf8', at + 2, at + 2 + length));
      at += 2 + length;
    }
    return texts;
  }

  /** Until a message that contains this. */
  async hears(text: string): Promise<string> {
    return until(() => this.texts().find((each) => each.includes(text)), `"${text}" to come back`, 30_000);
  }
}
