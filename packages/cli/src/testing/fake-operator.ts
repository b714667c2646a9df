/** A small HTTP server with the operator's API, whose answers and events a test sets. */
import http from 'node:http';
import type { AddressInfo } from 'node:net';
import type { ApiEvent, DecisionRecord, WorkloadStatus } from '@rouse/contract';

export interface FakeOperator {
  readonly url: string;
  readonly port: number;
  workloads: readonly WorkloadStatus[];
  decisions: readonly DecisionRecord[];
  /** Wanted of every caller; null = none, as on loopback. */
  token: string | null;
  /** Readers of the event stream now. */
  readonly readers: number;
  send(event: ApiEvent): void;
  /** Ends the event streams; the server stays. */
  cut(): void;
  close(): Promise<void>;
}

export async function startFakeOperator(port = 0): Promise<FakeOperator> {
  const streams = new Set<http.ServerResponse>();
  const encode = ({ type, ...data }: ApiEvent) => `event: ${type}\ndata: ${JSON.stringify(data)}\n\n`;
  const server = http.createServer((request, response) => {
    const path = request.url ?? '';
    const json = (status: number, body: object) => {
      response.writeHead(status, { 'content-type': 'application/json' }).end(JSON.stringify(body));
    };
    if (operator.token !== null && request.headers.authorization !== `Bearer ${operator.token}`) {
      return json(401, { title: 'Unauthorized' });
    }
    if (path === '/api/workloads') return json(200, { workloads: operator.workloads });
    if (path === '/api/events') {
      response.writeHead(200, { 'content-type': 'text/event-stream' });
      response.write(encode({ type: 'snapshot', workloads: operator.workloads, transitions: [] }));
      streams.add(response);
      response.once('close', () => streams.delete(response));
      return undefined;
    }
    const [, namespace, name, rest] = /^\/api\/workloads\/([^/]+)\/([^/]+)(\/decisions)?$/.exec(path) ?? [];
    const workload = operator.workloads.find((each) => each.namespace === namespace && each.name === name);
    if (workload === undefined)
      return json(404, { title: 'Not Found', detail: `There is no workload "${namespace}/${name}".` });
    return json(200, rest === undefined ? workload : { decisions: operator.decisions });
  });
  await new Promise<void>((resolve) => server.listen(port, '127.0.0.1', resolve));
  const address = server.address() as AddressInfo;
  const operator: FakeOperator = {
    url: `http://127.0.0.1:${address.port}`,
    port: address.port,
    workloads: [],
    decisions: [],
    token: null,
    get readers() {
      return streams.size;
    },
    send: (event) => {
      for (const stream of streams) stream.write(encode(event));
    },
    cut: () => {
      for (const stream of streams) stream.end();
    },
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
  return operator;
}
