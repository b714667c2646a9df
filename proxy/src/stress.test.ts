/** Everything that can go wrong, at once and at random, from a seed: afterwards every counter is where it was. */
import type { PodEntry, PodPhase, Report, WorkloadEntry } from '@rouse/contract';
import { Dice } from '@rouse/contract/testing';
import { createLog, systemClock } from '@rouse/daemon';
import { expect, onTestFinished, test } from 'vitest';
import { createDataPlane, type DataPlane } from './data-plane.ts';
import { DataPort } from './data-port.ts';
import { defaultFlags } from './default-flags.ts';
import { dataTransport, onreadTransport, type Transport } from './http1/transport.ts';
import { entry } from './path-fixture.ts';
import type { Pod } from './pod.ts';
import { local } from './proxy-fixture.ts';
import { nextArrivals, WildClient, WildPod } from './stress-fixture.ts';
import type { Workload } from './workload.ts';
import type { WorkloadCounters } from './workload-counters.ts';

const HOSTS = ['one', 'two', 'three'];
const RUN_MS = Number(process.env.STRESS_MS ?? 3_000);
const SEED = Number(process.env.STRESS_SEED ?? 20_260_101);
/** A client that waits for its answer has one, or the end of its connection, by then: all timeouts are shorter. */
const PATIENCE_MS = 20_000;

class Stress {
  readonly dice: Dice;
  readonly plane: DataPlane;
  readonly port: DataPort;
  readonly pods = new Map<string, { readonly pod: WildPod; readonly host: string }>();
  readonly seenPods = new Set<Pod>();
  readonly seenWorkloads = new Set<Workload>();
  readonly reports: Report[] = [];
  #nextUid = 0;
  #epoch = 1;

  constructor(seed: number, transport: Transport) {
    this.dice = new Dice(seed);
    const flags = {
      ...defaultFlags(),
      host: '127.0.0.1',
      port: 0,
      clientStallTimeout: 1_500,
      headTimeout: 1_500,
      keepAliveTimeout: 1_500,
      podConnections: 6,
      heldBytesPerWorkload: 30_000,
      maxConnectionAge: 2_000,
      maxConnectionAgeGrace: 1_000,
    };
    this.plane = createDataPlane(flags, transport, systemClock, 'stress');
    this.port = new DataPort(flags, this.plane, createLog('stress', 'silent'));
    this.plane.reports.open((report) => {
      this.reports.push(structuredClone(report));
      return true;
    });
  }

  async addPod(host: string): Promise<void> {
    const pod = new WildPod(this.dice);
    await pod.start();
    this.pods.set(`uid-${this.#nextUid++}`, { pod, host });
  }

  /** A table as a leader might push it at any moment. */
  push(): void {
    const { dice } = this;
    const workloads: WorkloadEntry[] = [];
    for (const host of HOSTS) {
      if (dice.chance(0.1)) continue;
      const pods: PodEntry[] = [];
      for (const [uid, { pod, host: owner }] of this.pods) {
        if (owner !== host || (!pod.runs && dice.chance(0.5)) || dice.chance(0.1)) continue;
        const phase = dice.of<PodPhase>(['starting', 'ready', 'ready', 'ready', 'armed', 'closed']);
        const probe = phase === 'starting' || dice.chance(0.2);
        pods.push(
          local(uid, pod.port, { phase, probe: probe ? { kind: 'tcp', port: pod.port, timeoutMs: 1_000 } : null }),
        );
      }
      workloads.push(
        entry(host, pods, {
          alarm: dice.chance(0.5) ? 3 : null,
          quiet: dice.chance(0.3) ? [{ kind: 'path', value: '/interim' }] : [],
          waitingPage: dice.chance(0.2),
          blocked: dice.chance(0.05) ? { code: 'crash-loop', message: 'again' } : null,
          limits: {
            containerConcurrency: dice.of([0, 0, 1, 3]),
            wakeTimeoutMs: dice.of([100, 700]),
            responseTimeoutMs: dice.of([200, 800]),
            requestTimeoutMs: dice.of([0, 0, 900]),
            idleTimeoutMs: 600,
            queueLimit: dice.of([5, 100]),
            maxBodyBytes: dice.of([0, 0, 4, 15_000]),
          },
        }),
      );
    }
    this.plane.fleet.replace(workloads, this.#epoch);
    if (dice.chance(0.1)) this.#epoch++;
    this.look();
  }

  /** What must hold at any moment. */
  look(): void {
    for (const workload of this.plane.fleet.workloads.values()) this.seenWorkloads.add(workload);
    let heldBytes = 0;
    for (const workload of this.seenWorkloads) {
      for (const pod of [...workload.pods.values(), ...workload.leaving]) this.seenPods.add(pod);
      heldBytes += workload.held.bytes;
      expect(workload.inFlight).toBeGreaterThanOrEqual(0);
      expect(workload.arrivals - workload.completions).toBe(workload.demand);
    }
    expect(this.plane.path.room.bytes).toBe(heldBytes);
  }
}

async function settles(what: string, condition: () => boolean): Promise<void> {
  await expect.poll(condition, { message: what, timeout: 5_000, interval: 10 }).toBe(true);
}

test.each([onreadTransport, dataTransport])(
  `after all that can happen nothing is left: no slot, no byte, no connection, no timer (seed ${SEED}) · $name`,
  async (transport) => {
    const stress = new Stress(SEED, transport);
    const { dice, plane, port } = stress;
    const clients: WildClient[] = [];
    onTestFinished(() => {
      for (const client of clients) client.socket.destroy();
      for (const { pod } of stress.pods.values()) pod.kill();
      port.stopListening();
      port.cut();
      plane.close();
    });
    for (const host of HOSTS) for (let count = 0; count < 3; count++) await stress.addPod(host);
    stress.push();
    expect(await port.open()).toBeNull();

    const untilMs = performance.now() + RUN_MS;
    for (let step = 0; performance.now() < untilMs; step++) {
      for (let count = dice.below(12); count > 0; count--) {
        clients.push(new WildClient(dice, port.port, dice.of([...HOSTS, 'nowhere']), `${step}-${count}`));
      }
      if (dice.chance(0.25)) stress.push();
      if (dice.chance(0.05)) {
        const [uid, { pod, host }] = dice.of([...stress.pods]);
        pod.kill();
        if (dice.chance(0.5)) stress.pods.delete(uid);
        await stress.addPod(host);
      }
      stress.look();
      await nextArrivals(dice);
    }

    const late = new Promise<void>((resolve) => setTimeout(resolve, PATIENCE_MS));
    await Promise.race([Promise.all(clients.map((client) => client.done)), late]);
    const waiting = clients.filter((client) => !client.closed);
    expect(waiting.map((client) => [client.ending, client.asked, client.received])).toEqual([]);
    expect(clients.filter((client) => !client.isInOrder).map((client) => [client.asked, client.received])).toEqual([]);

    const { stats } = plane.engine;
    await settles('every request has ended', () => {
      stress.look();
      return [...stress.seenWorkloads].every((workload) => workload.demand === 0);
    });
    await settles('connections are closed', () => stats.clientConnections === 0 && stats.podConnectionsBusy === 0);
    for (const pod of stress.seenPods) {
      expect(pod.inFlight, pod.uid).toBe(0);
      expect(pod.connections.waiting, pod.uid).toBe(0);
    }
    plane.fleet.replace([], 1_000);
    expect(stats).toMatchObject({ podConnectionsIdle: 0, podConnectionsBusy: 0, tunnels: 0, clientConnections: 0 });
    for (const pod of stress.seenPods) expect(pod.connections.open, pod.uid).toBe(0);
    expect(plane.path.room).toMatchObject({ bytes: 0 });
    expect(plane.path.room.occupied()).toEqual([]);
    await settles('no timer is left', () => plane.engine.wheel.filed === 0);

    // The run was worth something, and what was told of it adds up.
    const counters = [...stress.seenWorkloads].map((workload) => workload.counters);
    const sum = (count: (one: WorkloadCounters) => number) => counters.reduce((all, one) => all + count(one), 0);
    const happened = {
      requests: stats.requests,
      answered: sum((one) => one.answers[2]!),
      upgraded: sum((one) => one.answers[1]!),
      refused: sum((one) => one.refusals.size),
      waited: sum((one) => one.holds.reduce((all, inBucket) => all + inBucket, 0)),
      repeated: sum((one) => one.retries),
      cut: sum((one) => one.cut),
      left: sum((one) => one.clientsGone),
      revoked: sum((one) => one.revocations),
      quiet: sum((one) => one.quiet),
    };
    for (const [what, count] of Object.entries(happened)) expect(count, what).toBeGreaterThan(0);
    const told = new Map<string, { arrivals: number; completions: number }>();
    for (const { workloads } of stress.reports) {
      for (const { key, arrivals, completions, concurrency } of workloads) {
        const before = told.get(key) ?? { arrivals: 0, completions: 0 };
        expect(arrivals).toBeGreaterThanOrEqual(before.arrivals);
        expect(completions).toBeGreaterThanOrEqual(before.completions);
        expect(completions).toBeLessThanOrEqual(arrivals);
        expect(concurrency).toBeGreaterThanOrEqual(0);
        told.set(key, { arrivals, completions });
      }
    }
  },
  RUN_MS + PATIENCE_MS + 20_000,
);
