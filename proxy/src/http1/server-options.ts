/** What a listener is told, and what its connections share. */
import type { Cidr } from '@rouse/contract';
import type { AccessLog } from '../access-log.ts';
import type { RequestPath } from '../exchange.ts';
import type { ConnectionAgeLimits } from './connection-age.ts';
import type { ClientConnection } from './downstream.ts';
import type { Http1Engine } from './engine.ts';
import type { RequestIds } from './request-ids.ts';

export interface Http1ServerOptions {
  readonly engine: Http1Engine;
  readonly host: string;
  /** 0 takes a free one. */
  readonly port: number;
  /** Peers whose forwarding fields are kept and extended. */
  readonly trustedProxies?: readonly Cidr[];
  /** Peers whose connections begin with a header of the PROXY protocol, which names the client. */
  readonly proxyProtocol?: readonly Cidr[];
  /** Protocols that may be upgraded to, in lower case; `websocket` when absent. */
  readonly upgrades?: readonly string[];
  /** Most client connections; null or absent: from RLIMIT_NOFILE. At 90 % further ones are turned away. */
  readonly maxConnections?: number | null;
  /** Most connections of one client address; 0 or absent: no limit. */
  readonly maxConnectionsPerAddress?: number;
  /** Null or absent: no line is written per request. */
  readonly accessLog?: AccessLog | null;
  /** Null or absent: X-Request-Id is passed on as it comes. */
  readonly requestIds?: RequestIds | null;
  /** Null or absent: connections may grow as old as they like. */
  readonly connectionAge?: ConnectionAgeLimits | null;
}

/** The side of a server that its connections see. */
export interface ServerSide {
  readonly engine: Http1Engine;
  readonly path: RequestPath;
  readonly upgrades: ReadonlySet<string>;
  /** Answers say that the connection closes, and it does. */
  readonly isDraining: boolean;
  /** Connections between requests close. */
  readonly closesIdle: boolean;
  readonly accessLog: AccessLog | null;
  readonly requestIds: RequestIds | null;
  readonly connectionAge: ConnectionAgeLimits | null;
  forget(connection: ClientConnection): void;
}
