/** The operator's composition root: client, cluster view, proxies, Lease, controller, API and page. */
import { randomUUID } from 'node:crypto';
import { hostname } from 'node:os';
import { defaultClusterConfig, type OperatorFlagValues, type Problem } from '@rouse/contract';
import { type Log, openControlToken, startAdminServer, systemClock } from '@rouse/daemon';
import { connect } from '@rouse/kube';
import { operatorHttp } from './api/operator-http.ts';
import { clusterView } from './cluster/cluster-view.ts';
import { eventRecorder } from './cluster/events.ts';
import { leaderLease } from './cluster/lease.ts';
import { Controller } from './controller/controller.ts';
import { StatusBoard } from './controller/status-board.ts';
import { measuredKube } from './measured-kube.ts';
import { Members } from './members/members.ts';
import { type MetricSources, operatorMetricRegistry } from './operator-metrics.ts';

export interface OperatorOptions {
  readonly flags: OperatorFlagValues;
  readonly log: Log;
  readonly env: NodeJS.ProcessEnv;
}

export interface Operator {
  /** Port of API and page. */
  readonly port: number;
  /** Gives up the Lease, then ends everything. */
  close(): Promise<void>;
}

export type OperatorResult =
  | { readonly ok: true; readonly operator: Operator }
  | { readonly ok: false; readonly problems: readonly Problem[] };

/** Where a Lease lives when nobody says: the pod's own namespace, which its environment tells. */
const DEFAULT_LEASE_NAMESPACE = 'default';

export async function startOperator({ flags, log, env }: OperatorOptions): Promise<OperatorResult> {
  const clock = systemClock;
  const { token, problems } = openControlToken({ file: flags.controlTokenFile, env, log, clock });
  if (problems.length > 0) return { ok: false, problems };

  let sources: MetricSources | null = null;
  const metrics = operatorMetricRegistry(() => sources);
  const plainKube = connect({
    ...(flags.server === null ? {} : { server: flags.server }),
    ...(flags.kubeconfig === null ? {} : { kubeconfig: flags.kubeconfig }),
    ...(flags.server === null && flags.kubeconfig === null ? { inCluster: true } : {}),
    userAgent: 'rouse-operator',
  });
  const kube = measuredKube(plainKube, clock, metrics.called);
  const view = clusterView({ kube, clock, log, adopt: flags.adopt, domain: flags.domain });
  const events = eventRecorder({ kube, clock, log });
  const members = new Members({
    clock,
    token: () => token.current,
    onReport: (member, report) => controller.report(member, report),
    onSending: (member, key, generation, sentAtMs) => controller.sending(member, key, generation, sentAtMs),
    onPushed: metrics.pushed,
    onFenced: (_member, fence) => controller.fenced(fence),
    onMember: (member, change) => {
      if (change.kind === 'removed') controller.memberGone(member);
      else controller.membersChanged();
      if (change.kind === 'silent') {
        log.warn('proxy silent', { proxy: member.url, silentMs: Math.round(change.silentMs) });
        controller.memberSilent(member);
      }
      if (change.kind === 'refused') {
        log.warn('proxy refused a push', {
          proxy: member.url,
          key: change.key,
          status: change.status,
          detail: change.detail,
        });
      }
    },
  });
  const lease = leaderLease({
    kube,
    clock,
    log,
    namespace: flags.leaseNamespace ?? env.POD_NAMESPACE ?? DEFAULT_LEASE_NAMESPACE,
    name: flags.leaseName,
    identity: `${hostname()}_${randomUUID()}`,
    onLead: (epoch) => void controller.lead(epoch),
    onLose: () => controller.follow(),
  });
  const board: StatusBoard = new StatusBoard(clock, () => controller);
  const controller: Controller = new Controller({
    kube,
    clock,
    log,
    view,
    members,
    lease,
    events,
    config: defaultClusterConfig,
    maxWakeStep: flags.maxWakeStep,
    proxyUrl: flags.proxyUrl,
    podDeletionCost: flags.podDeletionCost,
    onTransition(transition) {
      metrics.transition(transition);
      board.transition(transition);
    },
    onWorkload(key, workload) {
      if (workload === undefined) metrics.forget(key);
      board.changed(key, workload);
    },
    onWakePatched: metrics.wakePatched,
    onReconciled: metrics.reconciled,
  });
  sources = { controller, members, lease, events };

  // On loopback everybody is this machine's user, and a browser could not send a token anyway.
  const isLocal = flags.apiBind === '127.0.0.1' || flags.apiBind === '::1' || flags.apiBind === 'localhost';
  const http = operatorHttp({
    source: board,
    clock,
    hosts: flags.apiHost,
    ...(isLocal ? {} : { authorized: (header: string | undefined) => token.isAuthorized(header) }),
  });
  const started = await startAdminServer({
    host: flags.apiBind,
    port: flags.apiPort,
    hostFlag: 'api-bind',
    portFlag: 'api-port',
    token,
    ready: () => (view.synced ? null : ['the cluster is not read yet', ...view.troubles()].join('; ')),
    registry: metrics.registry,
    middleware: http.middleware,
    mount: (app) => http.mount(app),
    log,
  });
  const badProxies = started.ok ? flags.proxy.flatMap((url) => members.add(url) ?? []) : [started.problem];
  if (!started.ok || badProxies.length > 0) {
    controller.stop();
    members.close();
    board.close();
    http.close();
    if (started.ok) await started.server.close();
    token.close();
    await kube.close();
    return { ok: false, problems: badProxies };
  }
  view.start();
  lease.start();

  return {
    ok: true,
    operator: {
      port: started.server.port,
      close: async () => {
        await lease.release();
        controller.stop();
        view.stop();
        members.close();
        await events.flush();
        board.close();
        http.close();
        await started.server.close();
        token.close();
        await kube.close();
      },
    },
  };
}
