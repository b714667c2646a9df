/** One request of a client that keeps no connection. */
import http from 'node:http';

export interface Answer {
  readonly status: number;
  readonly headers: http.IncomingHttpHeaders;
  readonly body: string;
}

export interface RequestOptions {
  readonly method?: string;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: string;
  readonly timeoutMs?: number;
  /** 127.0.0.1 by default. */
  readonly address?: string;
  readonly host?: string;
  /** Called when the whole request was handed to the kernel. */
  readonly onSent?: () => void;
}

/** One HTTP request on its own connection. @throws on a connection error or after `timeoutMs` (60 s) */
export function request(port: number, host: string, path: string, options: RequestOptions = {}): Promise<Answer> {
  return new Promise((resolve, reject) => {
    const sent = http.request(
      {
        host: options.address ?? '127.0.0.1',
        port,
        path,
        method: options.method ?? 'GET',
        headers: { host, ...options.headers },
        agent: false,
        timeout: options.timeoutMs ?? 60_000,
      },
      (response) => {
        let body = '';
        response.setEncoding('utf8');
        response.on('data', (chunk: string) => {
          body += chunk;
        });
        response.once('end', () => resolve({ status: response.statusCode ?? 0, headers: response.headers, body }));
        response.once('error', reject);
      },
    );
    sent.once('timeout', () => sent.destroy(new Error(`no answer from ${host}${path} in time`)));
    sent.once('error', reject);
    if (options.onSent !== undefined) sent.once('finish', options.onSent);
    sent.end(options.body);
  });
}
