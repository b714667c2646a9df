/** The peer `node`: what one writes with node:http and undici. Arguments: port, and a JSON object of host → origin. */
import { randomUUID } from 'node:crypto';
import { createServer, type IncomingHttpHeaders } from 'node:http';
import type { Duplex } from 'node:stream';
import { Pool } from 'undici';

const [port, origins] = process.argv.slice(2);
const pools = new Map(
  Object.entries(JSON.parse(origins!) as Record<string, string>).map(([host, origin]) => [
    host,
    new Pool(origin, { connections: null, headersTimeout: 300_000, bodyTimeout: 0 }),
  ]),
);

function forwarded(headers: IncomingHttpHeaders, address: string): Record<string, string | string[] | undefined> {
  const { host, connection: _, 'keep-alive': __, 'transfer-encoding': ___, upgrade: ____, ...rest } = headers;
  return {
    ...rest,
    host,
    'x-forwarded-for': address,
    'x-forwarded-proto': 'http',
    'x-forwarded-host': host,
    forwarded: `for=${address};proto=http;host=${host}`,
    via: '1.1 node',
    'x-request-id': randomUUID(),
  };
}

const server = createServer({ keepAliveTimeout: 75_000 }, async (request, response) => {
  try {
    const hasBody = request.headers['content-length'] !== undefined || request.headers['transfer-encoding'];
    const answer = await pools.get(request.headers.host!)!.request({
      method: request.method!,
      path: request.url!,
      headers: forwarded(request.headers, request.socket.remoteAddress!),
      body: hasBody ? request : null,
    });
    const { connection: _, 'keep-alive': __, 'transfer-encoding': ___, ...headers } = answer.headers;
    response.writeHead(answer.statusCode, { ...headers, via: '1.1 node' });
    answer.body.pipe(response);
  } catch {
    if (response.headersSent) response.destroy();
    else response.writeHead(502).end();
  }
});
server.on('upgrade', async (request, client: Duplex, early: Buffer) => {
  client.on('error', () => client.destroy());
  try {
    const answer = await pools.get(request.headers.host!)!.upgrade({
      path: request.url!,
      protocol: request.headers.upgrade!,
      headers: forwarded(request.headers, request.socket.remoteAddress!),
    });
    const lines = Object.entries(answer.headers).map(([name, value]) => `${name}: ${value}\r\n`);
    client.write(`HTTP/1.1 101 Switching Protocols\r\n${lines.join('')}\r\n`);
    answer.socket.on('error', () => client.destroy());
    if (early.length > 0) answer.socket.write(early);
    answer.socket.pipe(client).pipe(answer.socket);
  } catch {
    client.destroy();
  }
});
server.listen(Number(port), '127.0.0.1', 4096);
