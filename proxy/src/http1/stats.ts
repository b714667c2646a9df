/** What the engine counts: plain numbers, copied by whoever scrapes them. */

export interface Http1Stats {
  /** Client connections open now. */
  clientConnections: number;
  clientConnectionsAccepted: number;
  /** Closed on arrival: over the listener's or an address's cap. */
  clientConnectionsRefused: number;
  /** Connections to pods open now, those being made included. */
  podConnections: number;
  podConnectionsOpened: number;
  podConnectsFailed: number;
  /** Complete, valid request heads. */
  requests: number;
  /** Requests refused by the parser. */
  requestsMalformed: number;
  /** Bytes read from clients and written to them, heads included. */
  clientBytesRead: number;
  clientBytesWritten: number;
  /** Upgraded connections open now. */
  tunnels: number;
}

export function emptyHttp1Stats(): Http1Stats {
  return {
    clientConnections: 0,
    clientConnectionsAccepted: 0,
    clientConnectionsRefused: 0,
    podConnections: 0,
    podConnectionsOpened: 0,
    podConnectsFailed: 0,
    requests: 0,
    requestsMalformed: 0,
    clientBytesRead: 0,
    clientBytesWritten: 0,
    tunnels: 0,
  };
}
