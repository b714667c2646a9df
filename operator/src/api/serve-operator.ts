/** For tests: the API and page on a real port, as the operator serves them. */
import { createLog, openControlToken, startAdminServer } from '@rouse/daemon';
import { Registry } from 'prom-client';
import { type OperatorHttp, type OperatorHttpOptions, operatorHttp } from './operator-http.ts';

export interface ServedOperator {
  readonly port: number;
  readonly http: OperatorHttp;
  close(): Promise<void>;
}

/** @param options `port` 0 (the default) takes a free one */
export async function serveOperator(
  options: Omit<OperatorHttpOptions, 'hosts'> & { readonly hosts?: readonly string[]; readonly port?: number },
): Promise<ServedOperator> {
  const http = operatorHttp({ hosts: [], ...options });
  const log = createLog('test', 'silent');
  const { token } = openControlToken({ file: null, env: {}, log, clock: options.clock });
  const result = await startAdminServer({
    host: '127.0.0.1',
    port: options.port ?? 0,
    hostFlag: 'api-bind',
    portFlag: 'api-port',
    token,
    ready: () => null,
    scrape: new Registry(),
    middleware: http.middleware,
    mount: (app) => http.mount(app),
    log,
  });
  if (!result.ok) throw new Error(result.problem.fix);
  const { server } = result;
  return {
    port: server.port,
    http,
    close: () => {
      http.close();
      return server.close();
    },
  };
}
