/**
 * Sends requests at a steady rate, whether or not earlier ones are answered, to a pod directly and through a proxy by
 * turns. Arguments: address and port of the pod, port of the proxy, host, requests a second each, seconds.
 * Prints the latencies of both in ms, as JSON.
 */
import { readFileSync } from 'node:fs';
import net, { type Socket } from 'node:net';
import { Answer } from './answer.ts';

const [podAddress, podPort, proxyPort, requestFile, rate, seconds] = process.argv.slice(2);
const request = readFileSync(requestFile!);
const total = Number(rate) * Number(seconds);
/** Connections are made and code is compiled in the first part of it. */
const WARM_UP = Math.floor(total / 5);

class Way {
  readonly latenciesMs: number[] = [];
  readonly #address: string;
  readonly #port: number;
  readonly #idle: Socket[] = [];
  readonly #sentMs = new Map<Socket, number>();
  answered = 0;

  constructor(address: string, port: number) {
    this.#address = address;
    this.#port = port;
  }

  send(): void {
    const socket = this.#idle.pop() ?? this.#connect();
    this.#sentMs.set(socket, performance.now());
    socket.write(request);
  }

  #connect(): Socket {
    const answer = new Answer();
    const socket = net.connect({ port: this.#port, host: this.#address, noDelay: true });
    socket.on('data', (piece) => {
      if (!answer.take(piece)) return;
      const latencyMs = performance.now() - this.#sentMs.get(socket)!;
      this.#idle.push(socket);
      if (++this.answered > WARM_UP) this.latenciesMs.push(latencyMs);
    });
    socket.on('end', () => {
      throw new Error('a connection ended early');
    });
    return socket;
  }
}

const direct = new Way(podAddress!, Number(podPort));
const proxied = new Way('127.0.0.1', Number(proxyPort));
const startMs = performance.now();
let sent = 0;

function tick(): void {
  const due = Math.min(total, Math.floor(((performance.now() - startMs) / 1000) * Number(rate)));
  for (; sent < due; sent++) {
    // Neither is always first at the pod.
    for (const way of sent % 2 === 0 ? [direct, proxied] : [proxied, direct]) way.send();
  }
  if (sent < total || direct.answered < total || proxied.answered < total) {
    setTimeout(tick, 1);
    return;
  }
  const text = JSON.stringify({ direct: direct.latenciesMs, proxied: proxied.latenciesMs });
  // More than a pipe holds after a few seconds: not before it is taken.
  process.stdout.write(text, () => process.exit());
}
tick();
