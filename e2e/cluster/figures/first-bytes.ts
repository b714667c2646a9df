/** One request on a socket of its own, with nothing of a client in between. */
import { connect } from 'node:net';

/** Resolves with what came of the answer first, its head at least in part. @throws when there is none */
export function firstBytes(address: string, port: number, host: string): Promise<string> {
  return new Promise((resolve, reject) => {
    const socket = connect(port, address, () =>
      socket.write(`GET / HTTP/1.1\r\nHost: ${host}\r\nConnection: close\r\n\r\n`),
    );
    socket.once('data', (chunk: Buffer) => {
      socket.destroy();
      resolve(chunk.toString('latin1'));
    });
    socket.once('error', reject);
    socket.once('close', () => reject(new Error('closed without an answer')));
  });
}

/** As the API server and the apps tell time, with parts of a millisecond. */
export function wallMs(): number {
  return performance.timeOrigin + performance.now();
}
