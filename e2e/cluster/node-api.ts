/** The part of a kubelet's own API that `kubectl logs` needs: the API server asks it, known by its certificate. */
import { readFileSync } from 'node:fs';
import type { ServerResponse } from 'node:http';
import { createServer } from 'node:https';
import { type Kubelet, readLogQuery, sendLog } from '@rouse/kubelet';
import type { Signed } from './certificates.ts';

export interface NodeApiOptions {
  readonly address: string;
  /** Of this server. */
  readonly certificate: Signed;
  /** Path of the authority that signs its clients. */
  readonly ca: string;
  readonly logs: Kubelet['logs'];
}

/** A kubelet's own. */
export const NODE_API_PORT = 10250;

/** Listens at once. @returns what ends it */
export function serveNodeApi({ address, certificate, ca, logs }: NodeApiOptions): () => void {
  const server = createServer({
    cert: readFileSync(certificate.cert),
    key: readFileSync(certificate.key),
    ca: readFileSync(ca),
    requestCert: true,
  });
  server.on('request', (request, response) => {
    const { pathname, searchParams } = new URL(request.url ?? '/', 'https://node');
    const [, what, namespace, pod, container] = pathname.split('/').map(decodeURIComponent);
    if (what !== 'containerLogs' || container === undefined) refuse(response, 404, 'only logs are served here');
    else void serve(response, [namespace!, pod!, container], searchParams);
  });
  server.listen(NODE_API_PORT, address);

  async function serve(response: ServerResponse, of: [string, string, string], query: URLSearchParams): Promise<void> {
    const left = new AbortController();
    response.on('close', () => left.abort());
    const asked = readLogQuery(query, Date.now(), left.signal);
    if (!asked.ok) return refuse(response, 400, asked.message);
    const found = logs(...of, asked.query.options);
    if (!found.ok) return refuse(response, found.status, found.message);
    await sendLog(response, found.lines, asked.query.limitBytes);
  }

  return () => {
    server.close();
    server.closeAllConnections();
  };
}

function refuse(response: ServerResponse, status: number, message: string): void {
  response.writeHead(status, { 'content-type': 'text/plain' }).end(message);
}
