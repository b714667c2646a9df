/** Sizes and times the HTTP/1.1 engine holds its peers to. */

export interface Http1Limits {
  /** Longest request head, in bytes, its empty line included. */
  readonly headBytes: number;
  /** Most field lines in a request head. */
  readonly fields: number;
  /** Longest request target, in bytes. */
  readonly targetBytes: number;
  /** Longest trailer section, in bytes. */
  readonly trailerBytes: number;
  /** Most bytes of chunk extensions in one body. */
  readonly chunkExtensionBytes: number;
  /** Longest response head of a pod, in bytes. */
  readonly responseHeadBytes: number;
  /** Most 1xx responses relayed before a final one. */
  readonly interimResponses: number;
  /** Most bytes read ahead of the answer being given. */
  readonly readAheadBytes: number;
  /** From a head's first byte to its last. */
  readonly headTimeoutMs: number;
  /** From an answer (or the connection's start) to the next head's first byte. */
  readonly keepAliveTimeoutMs: number;
  /** While the proxy waits on the client to send or take a byte. */
  readonly clientStallTimeoutMs: number;
  /** To a pod; the kernel's own is two minutes. */
  readonly connectTimeoutMs: number;
  /** Connections to one pod past which further ones are made only slowly, while requests wait; see `pool.ts`. */
  readonly podConnections: number;
}

export const defaultHttp1Limits: Http1Limits = {
  headBytes: 65_536,
  fields: 128,
  targetBytes: 16_384,
  trailerBytes: 8_192,
  chunkExtensionBytes: 4_096,
  responseHeadBytes: 49_152,
  interimResponses: 16,
  readAheadBytes: 65_536,
  headTimeoutMs: 10_000,
  keepAliveTimeoutMs: 75_000,
  clientStallTimeoutMs: 60_000,
  connectTimeoutMs: 500,
  podConnections: 512,
};

/** Most bytes of a request body kept to send it again, or while it waits. */
export const PREFIX_BYTES = 8_192;
