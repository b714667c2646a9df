/** What the engine counts: plain numbers, copied by whoever scrapes them. */

export interface Http1Stats {
  /** Client connections open now. */
  clientConnections: number;
  clientConnectionsAccepted: number;
  /** Turned away on arrival: over the listener's cap, or over an address's. */
  clientConnectionsOverLimit: number;
  clientConnectionsOverAddressLimit: number;
  /** Connections that should have begun with a header of the PROXY protocol, and did not within head-timeout. */
  proxyHeadersRefused: number;
  /** Connections to pods now; those being made and upgraded ones count as busy. */
  podConnectionsIdle: number;
  podConnectionsBusy: number;
  /** Connects to pods, by how they went. */
  podConnectsOk: number;
  podConnectsRefused: number;
  podConnectsTimedOut: number;
  podConnectsFailed: number;
  /** Complete, valid request heads. */
  requests: number;
  /** Requests the parser refused. */
  requestsMalformed: number;
  /** Bytes read from clients, and handed to their connections, heads included. */
  clientBytesRead: number;
  clientBytesWritten: number;
  /** Upgraded connections open now. */
  tunnels: number;
}

export function emptyHttp1Stats(): Http1Stats {
  return {
    clientConnections: 0,
    clientConnectionsAccepted: 0,
    clientConnectionsOverLimit: 0,
    clientConnectionsOverAddressLimit: 0,
    proxyHeadersRefused: 0,
    podConnectionsIdle: 0,
    podConnectionsBusy: 0,
    podConnectsOk: 0,
    podConnectsRefused: 0,
    podConnectsTimedOut: 0,
    podConnectsFailed: 0,
    requests: 0,
    requestsMalformed: 0,
    clientBytesRead: 0,
    clientBytesWritten: 0,
    tunnels: 0,
  };
}
