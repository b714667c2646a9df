/** What takes turns: a proxy that runs on the measured core, and where its requests end. */

/** Names of what takes turns; `rouse-data` is the proxy with `--transport data`: public Node API alone. */
export type PeerName = 'rouse' | 'rouse-data' | 'haproxy' | 'nginx' | 'go' | 'node';

export interface Peer {
  readonly name: PeerName;
  /** Of 127.0.0.1. */
  readonly port: number;
  /** Of the process that runs now. */
  readonly pid: number;
  /** Ends it, and starts it anew on the same port. */
  restart(): Promise<void>;
}

/** An address requests for one host are sent on to. */
export interface Pod {
  readonly address: string;
  readonly port: number;
}

/** The pods behind every peer, by what they are good at. */
export interface Pods {
  /** `hello`: nginx, so that it costs as little as can be. */
  readonly plain: Pod;
  /** `stream`: server-sent events, WebSocket, requests that are never answered. */
  readonly stream: Pod;
}

export const PLAIN_HOST = 'hello.default.example.com';
export const STREAM_HOST = 'stream.default.example.com';
/** A workload whose pod never gets ready: its requests are held. */
export const HELD_HOST = 'asleep.default.example.com';
