/** The listener of the data port: accepts within limits, hands each connection to the engine, and drains. */
import type { AddressInfo, Server } from 'node:net';
import { inCidrs } from '@rouse/contract';
import type { AccessLog } from '../access-log.ts';
import type { RequestPath } from '../exchange.ts';
import type { ConnectionAgeLimits } from './connection-age.ts';
import { clientsShare, trafficDescriptors } from './descriptor-limit.ts';
import { ClientConnection } from './downstream.ts';
import type { Http1Engine } from './engine.ts';
import { OpenConnections } from './open-connections.ts';
import { ProxiedConnections } from './proxied-connections.ts';
import type { RequestIds } from './request-ids.ts';
import type { Http1ServerOptions, ServerSide } from './server-options.ts';
import { TurnedAway } from './turned-away.ts';
import type { Wire } from './wire.ts';

const BACKLOG = 4_096;

/** IP literal, IPv4-mapped IPv6 as IPv4; empty where the connection is gone already. */
function peerOf(wire: Wire): string {
  const { remoteAddress } = wire;
  return remoteAddress.startsWith('::ffff:') ? remoteAddress.slice(7) : remoteAddress;
}

export class Http1Server implements ServerSide {
  readonly engine: Http1Engine;
  readonly path: RequestPath;
  readonly upgrades: ReadonlySet<string>;
  isDraining = false;
  closesIdle = false;
  readonly accessLog: AccessLog | null;
  readonly requestIds: RequestIds | null;
  readonly connectionAge: ConnectionAgeLimits | null;
  readonly #options: Http1ServerOptions;
  readonly #listener: Server;
  readonly #connections = new OpenConnections<ClientConnection>();
  readonly #turnedAway: TurnedAway;
  readonly #proxied: ProxiedConnections;
  readonly #perAddress = new Map<string, number>();
  readonly #maxConnections: number;
  readonly #maxDescriptors: number;

  constructor(options: Http1ServerOptions, path: RequestPath) {
    this.#options = options;
    this.engine = options.engine;
    this.path = path;
    this.#turnedAway = new TurnedAway(options.engine);
    this.#proxied = new ProxiedConnections(options.engine, (wire, address) => this.#admit(wire, address));
    this.accessLog = options.accessLog ?? null;
    this.requestIds = options.requestIds ?? null;
    this.connectionAge = options.connectionAge ?? null;
    this.upgrades = new Set(options.upgrades ?? ['websocket']);
    this.#maxConnections = clientsShare(options.maxConnections ?? Number.POSITIVE_INFINITY);
    this.#maxDescriptors = trafficDescriptors();
    this.#listener = options.engine.transport.createListener((wire) => this.#accept(wire));
  }

  /** Resolves once it listens; rejects where the address cannot be had (`EADDRINUSE` and so on). */
  listen(): Promise<void> {
    const { host, port } = this.#options;
    return new Promise((resolve, reject) => {
      this.#listener.once('error', reject);
      this.#listener.listen({ host, port, backlog: BACKLOG }, () => {
        this.#listener.off('error', reject);
        // Running out of descriptors is told here too; it must not end the process.
        this.#listener.on('error', () => {});
        resolve();
      });
    });
  }

  /** Port it listens on. */
  get port(): number {
    return (this.#listener.address() as AddressInfo).port;
  }

  get openConnections(): number {
    return this.#connections.size + this.#proxied.count;
  }

  /** From now on answers say `Connection: close`. Who has asked for nothing yet may still do so: its request may be on its way. */
  announceClose(): void {
    this.isDraining = true;
  }

  /** The same, and connections between requests are closed. */
  drain(): void {
    this.announceClose();
    this.closesIdle = true;
    for (const connection of this.#connections) connection.closeIdle();
    this.#proxied.closeAll();
  }

  /** New connections are refused by the kernel; those open go on. */
  stopListening(): void {
    this.#listener.close();
  }

  /** Cuts off whatever is still open. @returns how many connections that were */
  closeAll(): number {
    const open = [...this.#connections];
    for (const connection of open) connection.abort();
    this.#turnedAway.closeAll();
    this.#proxied.closeAll();
    return open.length;
  }

  forget(connection: ClientConnection): void {
    if (!this.#connections.delete(connection)) return;
    this.engine.stats.clientConnections--;
    if (!this.#countsAddresses) return;
    const { address } = connection.origin;
    const left = (this.#perAddress.get(address) ?? 1) - 1;
    if (left > 0) this.#perAddress.set(address, left);
    else this.#perAddress.delete(address);
  }

  get #countsAddresses(): boolean {
    return (this.#options.maxConnectionsPerAddress ?? 0) > 0;
  }

  #accept(wire: Wire): void {
    const { stats } = this.engine;
    stats.clientConnectionsAccepted++;
    const inUse = stats.clientConnections + stats.podConnectionsBusy + stats.podConnectionsIdle;
    if (inUse >= this.#maxDescriptors || stats.clientConnections >= this.#maxConnections) {
      stats.clientConnectionsOverLimit++;
      this.#turnedAway.take(wire);
      return;
    }
    const peer = peerOf(wire);
    if (peer === '') {
      wire.destroy();
      return;
    }
    const { proxyProtocol = [] } = this.#options;
    if (proxyProtocol.length > 0 && inCidrs(peer, proxyProtocol)) this.#proxied.take(wire, peer);
    else this.#admit(wire, peer);
  }

  #admit(wire: Wire, address: string): void {
    const { stats } = this.engine;
    const { maxConnectionsPerAddress = 0, trustedProxies = [] } = this.#options;
    if (maxConnectionsPerAddress > 0) {
      const open = this.#perAddress.get(address) ?? 0;
      if (open >= maxConnectionsPerAddress) {
        stats.clientConnectionsOverAddressLimit++;
        this.#turnedAway.take(wire);
        return;
      }
      this.#perAddress.set(address, open + 1);
    }
    stats.clientConnections++;
    const trusted = trustedProxies.length > 0 && inCidrs(address, trustedProxies);
    this.#connections.add(new ClientConnection(wire, this, address, trusted));
  }
}

/** Starts listening. `path` gets every valid request. */
export async function startHttp1Server(options: Http1ServerOptions, path: RequestPath): Promise<Http1Server> {
  const server = new Http1Server(options, path);
  await server.listen();
  return server;
}
