/** The app under test: answers with its name, and writes every start, request and signal into a log that tests read. */
import { appendFileSync } from 'node:fs';
import { createServer } from 'node:http';
import { block, writePattern } from './pattern.ts';

const logFile = process.env.APP_LOG;
const podName = process.env.POD_NAME ?? 'pod';
const startDelayMs = Number(process.env.START_DELAY_MS ?? 0);

/** Requests being answered now. */
let atOnce = 0;

function note(event: string, detail = ''): void {
  // One short append per line is atomic, so that several pods can share the file.
  if (logFile)
    appendFileSync(
      logFile,
      `${JSON.stringify({ atMs: Date.now(), pod: podName, pid: process.pid, event, detail, atOnce })}\n`,
    );
}

if (process.env.EXIT_AT_ONCE) {
  console.error('exiting as told');
  process.exit(3);
}

note('start');

const server = createServer((request, response) => {
  const url = new URL(request.url ?? '/', 'http://app');
  atOnce++;
  response.once('close', () => atOnce--);
  note('request', `${request.method} ${request.headers['x-id'] ?? url.pathname}`);
  if (url.pathname === '/download') {
    const bytes = Number(url.searchParams.get('bytes'));
    response.writeHead(200, { 'content-length': bytes });
    writePattern(response, bytes);
    return;
  }
  if (url.pathname === '/pieces') {
    pieces(Number(url.searchParams.get('count')), Number(url.searchParams.get('ms')), response);
    return;
  }
  if (url.pathname === '/upload') {
    upload(request, response);
    return;
  }
  request.resume();
  request.once('end', () => {
    const delayMs = Number(url.searchParams.get('ms') ?? 0);
    setTimeout(() => {
      response.setHeader('content-type', 'text/plain');
      response.setHeader('x-pod', podName);
      response.end(`${request.headers['x-id'] ?? podName}\n`);
    }, delayMs);
  });
});

/** An answer that takes its time: `count` lines, `ms` apart. */
function pieces(count: number, ms: number, response: import('node:http').ServerResponse): void {
  let sent = 0;
  const timer = setInterval(() => {
    if (++sent < count) response.write(`${sent}\n`);
    else response.end('end\n');
  }, ms);
  response.once('close', () => clearInterval(timer));
}

function upload(request: import('node:http').IncomingMessage, response: import('node:http').ServerResponse): void {
  let received = 0;
  let isSame = true;
  request.on('data', (chunk: Buffer) => {
    for (let at = 0; at < chunk.length && isSame; ) {
      const from = (received + at) % block.length;
      const size = Math.min(chunk.length - at, block.length - from);
      isSame = chunk.compare(block, from, from + size, at, at + size) === 0;
      at += size;
    }
    received += chunk.length;
  });
  request.once('end', () => response.end(JSON.stringify({ received, isSame })));
}

function listen(): void {
  const port = Number(process.env.PORT ?? 8080);
  server.listen(port, process.env.HOST ?? '0.0.0.0', () => {
    note('listening');
    console.log(`listening on port ${port}`);
  });
}
// Keep-alive longer than any test, so that every close is somebody's decision.
server.keepAliveTimeout = 600_000;
if (!process.env.NEVER_LISTEN) setTimeout(listen, startDelayMs);
else setInterval(() => {}, 60_000);

process.once('SIGTERM', () => {
  note('sigterm');
  if (process.env.EXIT_ON_SIGTERM_AT_ONCE) process.exit(0);
  server.close(() => process.exit(0));
  server.closeIdleConnections();
});
