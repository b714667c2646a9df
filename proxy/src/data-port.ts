/** The port for the traffic: opened once there is a table, and drained at the end. */
import { createServer } from 'node:net';
import { type Problem, type ProxyFlagValues, proxyFlags } from '@rouse/contract';
import { type Log, listenProblem } from '@rouse/daemon';
import type { AccessLog } from './access-log.ts';
import type { DataPlane } from './data-plane.ts';
import { RequestIds } from './http1/request-ids.ts';
import { Http1Server } from './http1/server.ts';
import type { Drainable } from './shutdown.ts';

export class DataPort implements Drainable {
  readonly #flags: ProxyFlagValues;
  readonly #plane: DataPlane;
  readonly #log: Log;
  readonly #server: Http1Server;
  #opening: Promise<Problem | null> | null = null;
  #stopped = false;
  /** In use, also where 0 was asked for; 0 until open. */
  port = 0;

  constructor(flags: ProxyFlagValues, plane: DataPlane, log: Log, accessLog: AccessLog | null = null) {
    this.#flags = flags;
    this.#plane = plane;
    this.#log = log;
    this.#server = new Http1Server(
      {
        engine: plane.engine,
        host: flags.host,
        port: flags.port,
        trustedProxies: flags.trustedProxies,
        proxyProtocol: flags.proxyProtocol,
        accessLog,
        requestIds: flags.requestId === 'off' ? null : new RequestIds(flags.requestId === 'keep'),
        upgrades: flags.upgrades,
        maxConnections: flags.maxConnections,
        maxConnectionsPerAddress: flags.maxConnectionsPerAddress,
        connectionAge:
          flags.maxConnectionAge === 0
            ? null
            : { maxAgeMs: flags.maxConnectionAge, graceMs: flags.maxConnectionAgeGrace },
      },
      plane.path,
    );
  }

  get isOpen(): boolean {
    return this.port !== 0 && !this.#stopped;
  }

  get connections(): number {
    return this.#server.openConnections;
  }

  /** Why the port cannot be had, before it is needed; null where it can. */
  async checkFree(): Promise<Problem | null> {
    if (this.#flags.port === 0) return null;
    const probe = createServer();
    try {
      await new Promise<void>((resolve, reject) => {
        probe.once('error', reject);
        probe.listen(this.#flags.port, this.#flags.host, resolve);
      });
    } catch (error) {
      return this.#problem(error);
    }
    await new Promise((resolve) => probe.close(resolve));
    return null;
  }

  /** Once; later calls wait for the first one. */
  open(): Promise<Problem | null> {
    this.#opening ??= this.#listen();
    return this.#opening;
  }

  announceClose(): void {
    this.#server.announceClose();
  }

  stopListening(): void {
    if (this.isOpen) this.#server.stopListening();
    this.#stopped = true;
    // Whoever has asked for nothing until now was given `--shutdown-delay` to.
    this.#server.drain();
  }

  cut(): number {
    const { room } = this.#plane.path;
    let requests = 0;
    for (const workload of room.occupied()) {
      requests += workload.held.count;
      room.clear(workload, 'shutting-down');
    }
    for (const workload of this.#plane.fleet.workloads.values()) requests += workload.inFlight;
    this.#server.closeAll();
    return requests;
  }

  async #listen(): Promise<Problem | null> {
    try {
      await this.#server.listen();
    } catch (error) {
      return this.#problem(error);
    }
    this.port = this.#server.port;
    this.#log.info('data port open', { host: this.#flags.host, port: this.port });
    return null;
  }

  #problem(error: unknown): Problem {
    const { host, port } = this.#flags;
    const flags = { hostFlag: proxyFlags.host.key, portFlag: proxyFlags.port.key };
    const problem = listenProblem(error, { host, port, ...flags });
    if (problem === null) throw error;
    return problem;
  }
}
