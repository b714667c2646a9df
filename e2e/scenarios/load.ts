/** A steady load: so many requests at once, half of them POSTs, each with an id that the app's log tells again. */
import http from 'node:http';

/** One request as its client saw it. */
export interface Outcome {
  readonly id: string;
  readonly method: 'GET' | 'POST';
  /** Status of the answer's head; null when none came. */
  readonly status: number | null;
  /** The answer came whole. */
  readonly complete: boolean;
  /** `x-rouse-error`, or the connection's error. */
  readonly fault: string;
  readonly startedAtMs: number;
  readonly tookMs: number;
}

export interface LoadOptions {
  /** 127.0.0.1 by default. */
  readonly address?: string;
  readonly port: number;
  readonly host: string;
  readonly path: string;
  /** Beginning of every id. */
  readonly name: string;
  readonly atOnce: number;
}

export interface Load {
  readonly outcomes: readonly Outcome[];
  /** Changes how many are sent at once. */
  setAtOnce(atOnce: number): void;
  /** Starts nothing further; resolves when the last one has ended. */
  stop(): Promise<readonly Outcome[]>;
}

export function startLoad(options: LoadOptions): Load {
  const outcomes: Outcome[] = [];
  const senders = new Set<Promise<void>>();
  let wanted = options.atOnce;
  let sequence = 0;

  async function sender(): Promise<void> {
    // A surplus sender ends after its request, so that a lower number takes effect without cutting anything off.
    while (senders.size <= wanted) {
      const method = sequence % 2 === 0 ? 'GET' : 'POST';
      outcomes.push(await send(options, method, `${options.name}-${sequence++}`));
    }
  }
  function fill(): void {
    while (senders.size < wanted) {
      const running: Promise<void> = sender().finally(() => senders.delete(running));
      senders.add(running);
    }
  }
  fill();
  return {
    outcomes,
    setAtOnce(atOnce) {
      wanted = atOnce;
      fill();
    },
    async stop() {
      wanted = 0;
      await Promise.all(senders);
      return outcomes;
    },
  };
}

export function failed(outcomes: readonly Outcome[]): Outcome[] {
  return outcomes.filter(({ status, complete }) => status !== 200 || !complete);
}

function send(options: LoadOptions, method: 'GET' | 'POST', id: string): Promise<Outcome> {
  const startedAtMs = Date.now();
  return new Promise((resolve) => {
    let status: number | null = null;
    let fault = '';
    const ended = (complete: boolean): void =>
      resolve({ id, method, status, complete, fault, startedAtMs, tookMs: Date.now() - startedAtMs });
    const request = http.request(
      {
        host: options.address ?? '127.0.0.1',
        port: options.port,
        path: options.path,
        method,
        headers: { host: options.host, 'x-id': id },
        agent: false,
        timeout: 60_000,
      },
      (response) => {
        status = response.statusCode ?? 0;
        fault = String(response.headers['x-rouse-error'] ?? '');
        response.resume();
        response.once('error', (error) => {
          fault = error.message;
        });
        response.once('close', () => ended(response.complete));
      },
    );
    request.once('timeout', () => request.destroy(new Error('no answer within 60 s')));
    request.once('error', (error) => {
      fault = error.message;
      if (status === null) ended(false);
    });
    request.end(method === 'POST' ? id : undefined);
  });
}
