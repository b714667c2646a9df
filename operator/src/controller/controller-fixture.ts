/** For tests: a controller between a small Kubernetes API and played proxies, over real HTTP, under a clock that stands still. */
import { type ApiEvent, defaultClusterConfig, type Transition } from '@rouse/contract';
import { manualClock } from '@rouse/contract/testing';
import { createLog } from '@rouse/daemon';
import { connect } from '@rouse/kube';
import type { AdoptFlag } from '../cluster/adoption.ts';
import { clusterView } from '../cluster/cluster-view.ts';
import { eventRecorder } from '../cluster/events.ts';
import { type Json, type TestApi, testApi } from '../cluster/test-api.ts';
import { enabled, rawDeployment, rawPod, rawReplicaSet } from '../cluster/test-records.ts';
import { measuredKube } from '../measured-kube.ts';
import { Members } from '../members/members.ts';
import { type MetricSources, operatorMetricRegistry } from '../operator-metrics.ts';
import { Controller } from './controller.ts';
import { KEY, PlayedProxy } from './played-proxy.ts';
import { StatusBoard } from './status-board.ts';

const DEPLOYMENT = '/apis/apps/v1/namespaces/default/deployments/web';
const REPLICA_SET = '/apis/apps/v1/namespaces/default/replicasets/web-1';
const podPath = (name: string) => `/api/v1/namespaces/default/pods/${name}`;
const READY = { conditions: [{ type: 'Ready', status: 'True', lastTransitionTime: '2026-01-01T00:01:00Z' }] };
const SLICE_MS = 20;

export interface FixtureOptions {
  readonly proxies?: number;
  readonly annotations?: Record<string, string>;
  readonly replicas?: number;
  readonly adopt?: AdoptFlag;
  readonly podDeletionCost?: boolean;
  readonly epoch?: number;
  /** False: stands by. */
  readonly leads?: boolean;
  prepare?(api: TestApi, proxies: readonly PlayedProxy[]): void;
}

export const closing: (() => unknown)[] = [];

/** Closes what the tests opened, the newest first. */
export async function closeAll(): Promise<void> {
  for (const close of closing.splice(0).reverse()) await close();
}

/** Managed, asleep after 6 s, ten requests a pod. */
export const QUICK = {
  ...enabled,
  'autoscaling.knative.dev/window': '6s',
  'autoscaling.knative.dev/target': '10',
  'autoscaling.knative.dev/target-utilization-percentage': '100',
};

export async function controlled(options: FixtureOptions = {}) {
  const api = await testApi();
  const replicas = options.replicas ?? 0;
  api.put(DEPLOYMENT, rawDeployment('web', options.annotations ?? QUICK, replicas));
  api.put(REPLICA_SET, rawReplicaSet(`uid-${DEPLOYMENT}`, replicas));
  const proxies: PlayedProxy[] = [];
  for (let i = 0; i < (options.proxies ?? 1); i++) {
    const proxy = new PlayedProxy();
    await proxy.start();
    proxies.push(proxy);
  }
  const clock = manualClock();
  const log = createLog('test', 'silent');
  let sources: MetricSources | null = null;
  const metrics = operatorMetricRegistry(() => sources);
  const kube = measuredKube(connect({ server: api.url }), clock, metrics.called);
  const view = clusterView({ kube, clock, log, adopt: options.adopt ?? 'knative', domain: 'example.com' });
  const lease = { epoch: (options.epoch ?? 1) as number | null, validMs: 15_000, unrenewedMs: 0 };
  const transitions: Transition[] = [];
  const told: ApiEvent[] = [];
  const wakes: number[] = [];
  const events = eventRecorder({ kube, clock, log });
  const members = new Members({
    clock,
    random: () => 0,
    onReport: (member, report) => controller.report(member, report),
    onSending: (member, key, generation, sentAtMs) => controller.sending(member, key, generation, sentAtMs),
    onPushed: metrics.pushed,
    onFenced: (_member, fence) => controller.fenced(fence),
    onMember: (member, change) => {
      if (change.kind === 'removed') controller.memberGone(member);
      else if (change.kind === 'excused') controller.memberExcused(member);
      else controller.membersChanged();
      if (change.kind === 'silent') controller.memberSilent(member);
    },
  });
  const board: StatusBoard = new StatusBoard(clock, () => controller);
  const controller: Controller = new Controller({
    kube,
    clock,
    log,
    view,
    members,
    lease: {
      get epoch() {
        return lease.epoch;
      },
      validForMs: () => lease.validMs,
      unrenewedForMs: () => lease.unrenewedMs,
    },
    events,
    config: () => defaultClusterConfig,
    maxWakeStep: 100,
    proxyUrl: 'http://localhost:8080',
    podDeletionCost: options.podDeletionCost ?? false,
    onTransition(transition) {
      transitions.push(transition);
      metrics.transition(transition);
      board.transition(transition);
    },
    onWorkload(key, workload) {
      if (workload === undefined) metrics.forget(key);
      board.changed(key, workload);
    },
    onWakePatched(ms) {
      wakes.push(ms);
      metrics.wakePatched(ms);
    },
    onReconciled: metrics.reconciled,
  });
  sources = { controller, members, lease, events };
  closing.push(
    () => api.close(),
    async () => {
      for (const proxy of proxies) await proxy.stop();
    },
    () => kube.close(),
    () => view.stop(),
    () => members.close(),
    () => board.close(),
    () => controller.stop(),
  );
  board.subscribe((event) => told.push(event));
  options.prepare?.(api, proxies);
  for (const { url } of proxies) members.add(url);
  view.start();

  let beatAtMs = 0;
  /** Lets sockets speak, time pass by `ms`, and proxies answer and report each second. */
  async function pass(ms: number): Promise<void> {
    for (const endMs = clock.nowMs() + ms; clock.nowMs() < endMs; ) {
      clock.advance(Math.min(SLICE_MS, endMs - clock.nowMs()));
      await new Promise((resolve) => setTimeout(resolve, 1));
      for (const proxy of proxies) if (proxy.apply()) proxy.tell();
      if (clock.nowMs() < beatAtMs) continue;
      beatAtMs = clock.nowMs() + 1_000;
      for (const proxy of proxies) proxy.tell({}, true);
    }
  }

  /** Lets time pass until it is so; at most a minute of it, and ten real seconds. */
  async function when<T>(condition: () => T, what: string): Promise<T> {
    const endMs = clock.nowMs() + 60_000;
    for (let value = condition(); ; value = condition()) {
      if (value) return value;
      if (clock.nowMs() > endMs) throw new Error(`${what} did not come true`);
      await pass(SLICE_MS);
    }
  }

  const fixture = {
    api,
    clock,
    controller,
    board,
    members,
    view,
    lease,
    proxies,
    proxy: must(proxies[0]),
    transitions,
    told,
    wakes,
    events,
    metrics,
    pass,
    when,
    replicas: () => ((must(api.get(DEPLOYMENT)).spec as Json).replicas as number | undefined) ?? 1,
    workload: () => must(controller.get(KEY)),
    status: () => must(controller.get(KEY)).status(),
    /** Bodies of the writes to /scale. */
    patches: () =>
      api.writes.filter((each) => each.includes('/web/scale')).map((each) => each.slice(each.indexOf(' [') + 1)),
    /** Messages of Events of a reason. */
    said: (reason: string) =>
      api
        .below('/api/v1/namespaces/default/events')
        .filter((event) => event.reason === reason)
        .map((event) => String(event.message)),
    /** Plays the controllers: these pods are there, ready, and no others. */
    pods(...names: string[]): void {
      for (const pod of api.below('/api/v1/namespaces/default/pods')) {
        const { name } = pod.metadata as { name: string };
        if (!names.includes(name)) api.remove(podPath(name));
      }
      for (const name of names) {
        if (api.get(podPath(name)) !== undefined) continue;
        api.put(podPath(name), rawPod(`uid-${REPLICA_SET}`, { ...READY, podIP: `10.0.0.${name.length}` }, READY_PROBE));
      }
      api.put(REPLICA_SET, rawReplicaSet(`uid-${DEPLOYMENT}`, names.length));
    },
    podUid: (name: string) => `uid-${podPath(name)}`,
    annotate(annotations: Record<string, string>): void {
      const known = must(api.get(DEPLOYMENT));
      api.put(DEPLOYMENT, { ...known, metadata: { ...(known.metadata as Json), annotations } });
    },
    /** Somebody else writes spec.replicas. */
    scaleByHand(to: number): void {
      const known = must(api.get(DEPLOYMENT));
      api.put(DEPLOYMENT, { ...known, spec: { ...(known.spec as Json), replicas: to } });
    },
    DEPLOYMENT,
  };
  if (options.leads !== false) {
    void controller.lead(lease.epoch ?? 1);
    await when(
      () => controller.leading && proxies.every((proxy) => proxy.received.length > 0 || !proxy.answers),
      'leading',
    );
  } else {
    await when(() => controller.get(KEY) !== undefined, 'standing by');
  }
  return fixture;
}

function must<T>(value: T | undefined): T {
  if (value === undefined) throw new Error('it is not there');
  return value;
}

/** An exec probe leaves the word to the API alone. */
const READY_PROBE = { readinessProbe: { exec: {} } };
