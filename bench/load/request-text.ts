/** The bytes of a request, as the load generators send it again and again. */

export interface RequestSpec {
  readonly host: string;
  readonly path?: string;
  readonly method?: string;
  /** `Name: value` lines beside Host and those about the body. */
  readonly fields?: readonly string[];
  readonly bodyBytes?: number;
  /** The body is sent as one chunk. */
  readonly chunked?: boolean;
}

export function requestText(spec: RequestSpec): string {
  const { host, path = '/', method = 'GET', fields = [], bodyBytes = 0, chunked = false } = spec;
  const lines = [`${method} ${path} HTTP/1.1`, `Host: ${host}`, ...fields];
  if (chunked) lines.push('Transfer-Encoding: chunked');
  else if (bodyBytes > 0) lines.push(`Content-Length: ${bodyBytes}`);
  const body = 'x'.repeat(bodyBytes);
  return `${lines.join('\r\n')}\r\n\r\n${chunked ? `${bodyBytes.toString(16)}\r\n${body}\r\n0\r\n\r\n` : body}`;
}
