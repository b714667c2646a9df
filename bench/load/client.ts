/** The load generator where wrk is missing. Arguments: port, connections, seconds, file with the request. Prints how many were answered. */
import { readFileSync } from 'node:fs';
import net from 'node:net';
import { Answer } from './answer.ts';

const [port, connections, seconds, file] = process.argv.slice(2);
const text = readFileSync(file!);
const closes = /^connection: close\r$/im.test(text.subarray(0, 4096).toString('latin1'));
const endMs = performance.now() + Number(seconds) * 1000;
let answered = 0;
let open = 0;

function connect(): void {
  const answer = new Answer();
  const socket = net.connect({ port: Number(port), host: '127.0.0.1', noDelay: true }, () => socket.write(text));
  open++;
  socket.on('data', (piece) => {
    if (!answer.take(piece)) return;
    answered++;
    if (performance.now() >= endMs) socket.destroy();
    else if (!closes) socket.write(text);
  });
  socket.on('end', () => socket.end());
  socket.on('close', () => {
    open--;
    if (performance.now() < endMs) connect();
    else if (open === 0) console.log(answered);
  });
}

for (let index = 0; index < Number(connections); index++) connect();
