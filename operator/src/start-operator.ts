/** The operator's composition root: client, cluster view, proxies, Lease, controller, API and page. */
import { hostname } from 'node:os';
import type { OperatorFlagValues, Problem } from '@rouse/contract';
import { type ControlToken, type Log, openControlToken, startAdminServer, systemClock } from '@rouse/daemon';
import { connect, type Kube } from '@rouse/kube';
import { operatorHttp } from './api/operator-http.ts';
import { clusterView } from './cluster/cluster-view.ts';
import { secretToken } from './cluster/control-token-secret.ts';
import { eventRecorder } from './cluster/events.ts';
import { leaderLease } from './cluster/lease.ts';
import { leaseIdentity } from './cluster/lease-identity.ts';
import { proxyPods } from './cluster/proxy-pods.ts';
import { liveConfig } from './config/live-config.ts';
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

/** Where Lease, ConfigMap, Secret and proxies are when the pod's environment does not tell its namespace. */
const DEFAULT_NAMESPACE = 'default';

export async function startOperator({ flags, log, env }: OperatorOptions): Promise<OperatorResult> {
  const clock = systemClock;
  const namespace = env.POD_NAMESPACE || DEFAULT_NAMESPACE;
  let sources: MetricSources | null = null;
  const metrics = operatorMetricRegistry(() => sources);
  const plainKube = connect({
    ...(flags.server === null ? {} : { server: flags.server }),
    ...(flags.kubeconfig === null ? {} : { kubeconfig: flags.kubeconfig }),
    ...(flags.server === null && flags.kubeconfig === null ? { inCluster: true } : {}),
    userAgent: 'rouse-operator',
  });
  const kube = measuredKube(plainKube, clock, metrics.called);
  const opened = await openToken(kube, { flags, log, env }, namespace);
  if (!opened.ok) {
    await kube.close();
    return opened;
  }
  const { token } = opened;
  const events = eventRecorder({ kube, clock, log });
  const config = liveConfig({
    ...{ kube, clock, log, events, namespace, name: flags.configMap },
    onChange: () => view.configChanged(),
  });
  const { adopt, domain, namespaces } = flags;
  const view = clusterView({ kube, clock, log, adopt, domain, namespaces, config: () => config.current });
  const members = new Members({
    clock,
    token: () => token.current,
    onReport: (member, report) => controller.report(member, report),
    onSending: (member, key, generation, sentAtMs) => controller.sending(member, key, generation, sentAtMs),
    onPushed: metrics.pushed,
    onFenced: (_member, fence) => controller.fenced(fence),
    onMember: (member, change) => {
      if (change.kind === 'removed') controller.memberGone(member);
      else if (change.kind === 'excused') controller.memberExcused(member);
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
  const { proxySelector: selector, proxyAdminPort: adminPort } = flags;
  const proxies =
    flags.proxy.length > 0 ? null : proxyPods({ kube, clock, log, events, members, namespace, selector, adminPort });
  const everyProxy = Promise.all([config.whenSynced, proxies?.whenSynced]);
  const lease = leaderLease({
    kube,
    clock,
    log,
    namespace: flags.leaseNamespace ?? namespace,
    name: flags.leaseName,
    identity: leaseIdentity(hostname(), env.POD_UID),
    onLead: (epoch) => void everyProxy.then(() => controller.lead(epoch)),
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
    config: () => config.current,
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
  const troubles = (): readonly string[] => [...view.troubles(), ...(proxies?.troubles() ?? [])];
  const started = await startAdminServer({
    host: flags.apiBind,
    port: flags.apiPort,
    hostFlag: 'api-bind',
    portFlag: 'api-port',
    token,
    ready: () => (view.synced ? null : ['the cluster is not read yet', ...troubles()].join('; ')),
    scrape: metrics.registry,
    middleware: http.middleware,
    mount: (app) => http.mount(app),
    log,
  });
  const stopReading = (): void => {
    proxies?.stop();
    config.stop();
  };
  const badProxies = started.ok ? flags.proxy.flatMap((url) => members.add(url) ?? []) : [started.problem];
  if (!started.ok || badProxies.length > 0) {
    controller.stop();
    stopReading();
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
        stopReading();
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

/** From the Secret where one is named and no file is, since a Pod that mounts it could not make it. */
async function openToken(
  kube: Kube,
  { flags, log, env }: OperatorOptions,
  namespace: string,
): Promise<
  { readonly ok: true; readonly token: ControlToken } | { readonly ok: false; readonly problems: readonly Problem[] }
> {
  const clock = systemClock;
  if (flags.controlTokenSecret !== null && flags.controlTokenFile === null) {
    const made = await secretToken({ kube, clock, log, namespace, name: flags.controlTokenSecret });
    return made.ok ? made : { ok: false, problems: [made.problem] };
  }
  const { token, problems } = openControlToken({ file: flags.controlTokenFile, env, log, clock });
  return problems.length > 0 ? { ok: false, problems } : { ok: true, token };
}
