/** The streaming pod, and the plain one where nginx is missing: server-sent events, WebSocket echo, no answer at all. */
import { createHash } from 'node:crypto';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { Socket } from 'node:net';
import { SSE_EVENTS } from './events.ts';

const MIB = Buffer.alloc(1_048_576, 'x');

function answer(request: IncomingMessage, response: ServerResponse): void {
  switch (request.url) {
    case '/events':
      response.writeHead(200, { 'content-type': 'text/event-stream', 'cache-control': 'no-store' });
      sendEvents(response, 0);
      return;
    case '/hang':
      return;
    case '/1mib':
      response.writeHead(200, { 'content-length': MIB.length }).end(MIB);
      return;
    case '/4kib.html':
      response.writeHead(200).write(MIB.subarray(0, 4096));
      response.end();
      return;
    default:
      response.writeHead(200, { 'content-type': 'text/plain', 'content-length': 6 }).end('hello\n');
  }
}

/** Each event in a turn of its own, so that it is a packet of its own. */
function sendEvents(response: ServerResponse, sent: number): void {
  if (sent === SSE_EVENTS) {
    response.end();
    return;
  }
  response.write(`id: ${sent}\ndata: {"n":${sent},"text":"an event of common length, as a chat might send"}\n\n`);
  setImmediate(sendEvents, response, sent + 1);
}

/** Sends each frame back without its mask, which is 0. One frame comes as one piece: clients wait for the echo. */
function echo(request: IncomingMessage, socket: Socket): void {
  // RFC 6455 4.2.2; HAProxy looks whether it is right.
  const key = `${request.headers['sec-websocket-key']}258EAFA5-E914-47DA-95CA-C5AB0DC85B11`;
  const accept = createHash('sha1').update(key).digest('base64');
  const lines = ['Connection: Upgrade', 'Upgrade: websocket', `Sec-WebSocket-Accept: ${accept}`];
  socket.write(`HTTP/1.1 101 Switching Protocols\r\n${lines.join('\r\n')}\r\n\r\n`);
  socket.on('data', (frame) => {
    const length = frame[1]! & 0x7f;
    const back = Buffer.allocUnsafe(2 + length);
    back[0] = frame[0]!;
    back[1] = length;
    frame.copy(back, 2, 6, 6 + length);
    socket.write(back);
  });
  socket.on('end', () => socket.end());
  socket.on('error', () => socket.destroy());
}

const server = createServer({ keepAliveTimeout: 600_000, requestTimeout: 0 }, (request, response) => {
  request.resume();
  request.once('end', () => answer(request, response));
});
server.on('upgrade', (request, socket) => echo(request, socket as Socket));
server.listen(Number(process.env.PORT), process.env.HOST, 8192);
process.once('SIGTERM', () => process.exit());
