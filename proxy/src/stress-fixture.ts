/** For the stress test: pods that misbehave in every known way, and clients that ask, upgrade, dawdle and leave at random. */
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import { type AddressInfo, connect, type Socket } from 'node:net';
import type { Dice } from '@rouse/contract/testing';

/** Until the next clients come, up to 15 ms later: the pace of the load. Nothing is expected to have happened by then. */
export function nextArrivals(dice: Dice): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, dice.below(15)));
}

interface Turn {
  readonly id: string;
  readonly dice: Dice;
  readonly request: IncomingMessage;
  readonly response: ServerResponse;
  /** The connection itself, where an answer cannot be said through Node's server. */
  readonly socket: Socket;
}

function afterBody({ request }: Turn, run: () => void): void {
  request.on('end', run);
  request.resume();
}

const STRAY = 'HTTP/1.1 200 OK\r\nx-id: stray\r\n\r\n';

const MANNERS: ReadonlyMap<string, (turn: Turn) => void> = new Map([
  ['plain', (turn) => afterBody(turn, () => turn.response.end(turn.id))],
  [
    'chunked',
    (turn) =>
      afterBody(turn, () => {
        turn.response.write(`${turn.id} `);
        setTimeout(() => turn.response.end('and so on'), turn.dice.below(30));
      }),
  ],
  [
    'until-close',
    (turn) =>
      afterBody(turn, () => {
        turn.socket.write(`HTTP/1.0 200 OK\r\nx-id: ${turn.id}\r\n\r\n${turn.id}`);
        setTimeout(() => turn.socket.end(), turn.dice.below(20));
      }),
  ],
  [
    'slow',
    (turn) =>
      afterBody(turn, () => {
        setTimeout(() => turn.response.end(turn.id), turn.dice.below(150));
      }),
  ],
  [
    'interim',
    (turn) => {
      turn.response.writeEarlyHints({ link: '</a>' });
      turn.response.writeContinue();
      afterBody(turn, () => turn.response.end(turn.id));
    },
  ],
  [
    'early',
    ({ request, response, id }) => {
      response.end(id);
      request.resume();
    },
  ],
  [
    'surplus',
    (turn) => {
      const { id, socket } = turn;
      const head = `HTTP/1.1 200 OK\r\nContent-Length: ${id.length}\r\nx-id: ${id}\r\n\r\n`;
      afterBody(turn, () => socket.write(`${head}${id}${STRAY}`));
    },
  ],
  [
    'no-content',
    (turn) => {
      const head = `HTTP/1.1 204 No Content\r\nContent-Length: 5\r\nx-id: ${turn.id}\r\n\r\n`;
      afterBody(turn, () => turn.socket.write(head, () => setImmediate(() => turn.socket.write('stray'))));
    },
  ],
  ['reset', ({ socket }) => socket.resetAndDestroy()],
  [
    'cut',
    ({ socket, id, dice }) => {
      socket.write(`HTTP/1.1 200 OK\r\nContent-Length: 1000\r\nx-id: ${id}\r\n\r\n${id}`);
      setTimeout(() => (dice.chance(0.5) ? socket.resetAndDestroy() : socket.end()), dice.below(10));
    },
  ],
  ['silent', ({ request }) => request.resume()],
  ['malformed', ({ socket }) => socket.write('HTTP/1.1 200 OK\r\nContent-Length: 1\r\nContent-Length: 2\r\n\r\nab')],
]);
const PATHS = ['plain', 'plain', ...MANNERS.keys()];

/** Answers each request by the manner its path names, with the request's id in `x-id` and in the body. */
export class WildPod {
  readonly #dice: Dice;
  readonly #sockets = new Set<Socket>();
  #server: Server | null = null;
  port = 0;

  constructor(dice: Dice) {
    this.#dice = dice;
  }

  get runs(): boolean {
    return this.#server !== null;
  }

  async start(): Promise<void> {
    const server = createServer((request, response) => this.#answer(request, response));
    server.on('connection', (socket) => {
      this.#sockets.add(socket);
      socket.on('error', () => {});
      socket.on('close', () => this.#sockets.delete(socket));
    });
    server.on('upgrade', (request, socket) => {
      const id = request.headers['x-id'];
      socket.on('error', () => {});
      socket.write(
        `HTTP/1.1 101 Switching Protocols\r\nConnection: Upgrade\r\nUpgrade: websocket\r\nx-id: ${id}\r\n\r\n`,
      );
      socket.pipe(socket);
    });
    server.on('clientError', (_error, socket) => socket.destroy());
    // Another port each time: who was killed does not come back under the same address.
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    this.port = (server.address() as AddressInfo).port;
    this.#server = server;
  }

  /** As kill −9 does. */
  kill(): void {
    this.#server?.close();
    this.#server = null;
    for (const socket of this.#sockets) socket.resetAndDestroy();
  }

  #answer(request: IncomingMessage, response: ServerResponse): void {
    const id = String(request.headers['x-id']);
    response.on('error', () => {});
    response.setHeader('x-id', id);
    MANNERS.get(request.url?.slice(1) ?? '')?.({ id, dice: this.#dice, request, response, socket: request.socket });
  }
}

const ENDINGS = ['reads', 'reads', 'reads', 'reads', 'reset', 'close', 'fin', 'stops-reading'] as const;

/** One connection with some requests; knows whether all it got was in order. */
export class WildClient {
  readonly #dice: Dice;
  readonly #host: string;
  readonly #ids: string[] = [];
  readonly socket: Socket;
  ending: (typeof ENDINGS)[number];
  received = '';
  closed = false;
  /** What it asked, for the message of a failure. */
  asked = '';
  readonly done: Promise<void>;

  constructor(dice: Dice, port: number, host: string, id: string) {
    this.#dice = dice;
    this.#host = host;
    this.ending = dice.of(ENDINGS);
    this.socket = connect({ port, host: '127.0.0.1', allowHalfOpen: true });
    this.socket.on('error', () => {});
    this.socket.on('data', (bytes) => {
      this.received += bytes.toString('latin1');
    });
    this.done = new Promise((resolve) => {
      this.socket.on('close', () => {
        this.closed = true;
        resolve();
      });
    });
    // The last request asks for the end of the connection, so that one that reads is closed when all is answered.
    this.socket.on('end', () => this.socket.end());
    this.socket.on('connect', () => this.#ask(id));
  }

  #ask(id: string): void {
    const count = this.#dice.chance(0.2) ? 1 + this.#dice.below(5) : 1;
    for (let index = 1; index <= count; index++) this.#request(`${id}.${index}`, index === count);
    const leaves = (run: () => void): void => void setTimeout(run, this.#dice.below(this.#dice.chance(0.5) ? 10 : 300));
    // Node forgets to close a socket that is reset in the same turn in which it was ended.
    if (this.ending === 'reset')
      leaves(() => (this.socket.writableEnded ? this.socket.destroy() : this.socket.resetAndDestroy()));
    else if (this.ending === 'close') leaves(() => this.socket.destroy());
    else if (this.ending === 'fin') leaves(() => this.socket.end());
    else if (this.ending === 'stops-reading') {
      // One timer after the other: of two set at once a busy event loop may run the later first.
      leaves(() => {
        this.socket.pause();
        setTimeout(() => this.socket.resume(), 400);
      });
    }
  }

  #request(id: string, isLast: boolean): void {
    const dice = this.#dice;
    this.#ids.push(id);
    const path = `/${dice.of(PATHS)}`;
    const head = (method: string, fields: string): string =>
      `${method} ${path} HTTP/1.1\r\nHost: ${this.#host}\r\nx-id: ${id}\r\n${isLast ? 'Connection: close\r\n' : ''}${fields}\r\n`;
    const kind = dice.below(10);
    if (kind < 4) this.#send(head(dice.of(['GET', 'OPTIONS', 'DELETE']), ''));
    else if (kind < 5) this.#send(head('HEAD', ''));
    else if (kind < 7) {
      const body = 'x'.repeat(dice.of([0, 10, 9_000, 200_000]));
      this.#send(head(dice.of(['PUT', 'POST']), `Content-Length: ${body.length}\r\n`));
      // Only the last may dawdle: what is written after it would come before the rest.
      if (isLast) this.#sendLater(body);
      else this.#send(body);
    } else if (kind < 8)
      this.#send(`${head('POST', 'Transfer-Encoding: chunked\r\n')}5;a=b\r\nhello\r\n0\r\nT: 1\r\n\r\n`);
    else if (isLast && kind < 9) {
      this.#send(head('PUT', 'Expect: 100-continue\r\nContent-Length: 20000\r\n'));
      this.#sendLater('x'.repeat(20_000));
    } else if (isLast) {
      this.#send(
        `GET /ws HTTP/1.1\r\nHost: ${this.#host}\r\nx-id: ${id}\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n\r\n`,
      );
      setTimeout(() => this.socket.write('echo'), dice.below(20));
      setTimeout(() => this.socket.end(), dice.below(200));
    } else this.#send(`GET ${path} HTTP/1.0\r\nHost: ${this.#host}\r\nx-id: ${id}\r\nConnection: keep-alive\r\n\r\n`);
  }

  #send(text: string): void {
    this.asked += text.length > 300 ? `${text.slice(0, 300)}…` : text;
    this.socket.write(text);
  }

  #sendLater(body: string): void {
    const cut = this.#dice.below(body.length + 1);
    this.socket.write(body.slice(0, cut));
    setTimeout(() => {
      // A few never send the rest.
      if (this.socket.writable && !this.#dice.chance(0.1)) this.socket.write(body.slice(cut));
    }, this.#dice.below(100));
  }

  /** Every answer that names a request names the one it stands for: none is lost, moved or made up. */
  get isInOrder(): boolean {
    const named = [...this.received.matchAll(/\r\nx-id: ([^\r]*)\r\n/g)].map((match) => match[1]!);
    let at = 0;
    for (const name of named) {
      at = this.#ids.indexOf(name, at) + 1;
      if (at === 0) return false;
    }
    return !this.received.includes('stray');
  }
}
