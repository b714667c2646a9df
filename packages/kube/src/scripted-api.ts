/** For tests: a real HTTP server that answers each request as the test says, on an ephemeral port. */
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';

export interface ScriptedApi {
  readonly url: string;
  /** Method and URL of every request so far. */
  readonly requests: string[];
  /** Connections accepted so far. */
  readonly connections: number;
  close(): Promise<void>;
}

export async function scriptedApi(
  answer: (request: IncomingMessage, response: ServerResponse, url: URL) => void,
): Promise<ScriptedApi> {
  const requests: string[] = [];
  let connections = 0;
  const server = createServer((request, response) => {
    requests.push(`${request.method} ${request.url}`);
    answer(request, response, new URL(request.url ?? '', 'http://api'));
  });
  server.on('connection', () => connections++);
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    requests,
    get connections() {
      return connections;
    },
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
}
