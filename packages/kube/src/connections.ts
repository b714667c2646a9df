/** The one pool of connections to the API server, made anew only when the server, proxy or TLS identity changes. */
import { Agent, type Dispatcher, ProxyAgent } from 'undici';
import type { Credentials } from './credentials.ts';

export interface Connections {
  /** The pool for these credentials; the one of earlier credentials lives on until its requests have ended. */
  for(credentials: Credentials): Dispatcher;
  /** Ends every request and connection. */
  close(): Promise<void>;
}

// A dead peer is noticed by TCP within about 40 s. kube-apiserver drops idle connections after 90 s, so ours go first.
// HTTP/1.1: a watch that stalls holds up nothing else, and a lost connection ends one watch instead of all of them.
const POOL = {
  allowH2: false,
  headersTimeout: 0,
  bodyTimeout: 0,
  keepAliveTimeout: 55_000,
  keepAliveMaxTimeout: 55_000,
};
const CONNECT = { timeout: 5_000, keepAlive: true, keepAliveInitialDelay: 30_000 };

export function connections(): Connections {
  let known: Credentials | undefined;
  let identity = '';
  let current: Dispatcher | undefined;
  const retired: Dispatcher[] = [];

  return {
    for(credentials) {
      if (current !== undefined && credentials === known) return current;
      known = credentials;
      const wanted = JSON.stringify([credentials.server, credentials.proxyUrl, credentials.tls]);
      if (current === undefined || wanted !== identity) {
        if (current !== undefined) retire(current);
        identity = wanted;
        current = open(credentials);
      }
      return current;
    },
    async close() {
      const all = current === undefined ? retired : [...retired, current];
      await Promise.all(all.map((each) => each.destroy()));
    },
  };

  function retire(old: Dispatcher): void {
    retired.push(old);
    const forget = () => retired.splice(retired.indexOf(old), 1);
    // Rejects when everything is closed meanwhile.
    old.close().then(forget, forget);
  }
}

function open(credentials: Credentials): Dispatcher {
  const connect = { ...credentials.tls, ...CONNECT };
  if (credentials.proxyUrl === undefined) return new Agent({ ...POOL, connect });
  return new ProxyAgent({ ...POOL, uri: credentials.proxyUrl, requestTls: connect });
}
