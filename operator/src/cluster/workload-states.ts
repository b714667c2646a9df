/** One state for each Deployment that Rouse manages or has something to tell about, and what makes it change. */
import { isDeepStrictEqual } from 'node:util';
import {
  type Clock,
  type ClusterConfig,
  type InferenceService,
  inferenceComponent,
  type WorkloadKey,
} from '@rouse/contract';
import { type AdoptFlag, type Adoption, judgeAdoption, withoutItsInferenceService } from './adoption.ts';
import type { CreationRefused } from './creation-refused.ts';
import type { DeploymentRecord, OwnerName } from './deployment-record.ts';
import { type ForeignWrites, foreignWrites } from './foreign-writes.ts';
import { groupedBy } from './grouped-by.ts';
import type { NamespaceWatch } from './namespace-watch.ts';
import { observeWorkload } from './observe-workload.ts';
import type { ObservedWorkload } from './observed-workload.ts';
import { type RouteClaim, routeClaims } from './route-claims.ts';
import { routeLedger } from './route-ledger.ts';

export interface WorkloadStatesOptions {
  readonly clock: Clock;
  readonly adopt: AdoptFlag;
  readonly domain: string;
  config(): ClusterConfig;
  namespaceLabel(namespace: string): string | undefined;
  watchOf(namespace: string): NamespaceWatch | undefined;
  /** Null: there is none, or it may not be read; undefined: not read yet. */
  inferenceService(namespace: string, owner: OwnerName): InferenceService | null | undefined;
  /** They were waited for long enough: what they say has to do without. */
  inferenceServicesSettled(): boolean;
  onChange(key: WorkloadKey): void;
  /** The first workload that is managed came into the namespace, or the last one left it. */
  onNamespaceNeeded(namespace: string, needed: boolean): void;
}

export interface WorkloadStates {
  deploymentChanged(key: string, now: DeploymentRecord | undefined, before: DeploymentRecord | undefined): void;
  /** Other defaults and limits are in force for all. */
  configChanged(): void;
  /** The Namespace's label changed. */
  reconsiderNamespace(namespace: string): void;
  /** Services of the namespace changed, or all of it was read at last. */
  servicesChanged(namespace: string): void;
  inferenceServiceChanged(namespace: string, name: string): void;
  /** All InferenceServices were read, or it is known why not. */
  inferenceServicesRead(): void;
  touch(key: WorkloadKey): void;
  touchUid(deploymentUid: string): void;
  noteWrite(key: WorkloadKey, replicas: number): void;
  keys(): readonly WorkloadKey[];
  observe(key: WorkloadKey): ObservedWorkload | undefined;
  stop(): void;
}

interface State {
  deployment: DeploymentRecord;
  adoption: Adoption;
  readonly foreign: ForeignWrites;
  refusedSinceMs: number | null;
  wasReady: boolean;
  cancelTimer: () => void;
  observed: ObservedWorkload | undefined;
}

/** Quotas and admission may say no for a moment while something else is deleted. */
const REFUSED_FOR_MS = 5_000;

export function workloadStates(options: WorkloadStatesOptions): WorkloadStates {
  const { clock } = options;
  const states = new Map<WorkloadKey, State>();
  const keyByUid = new Map<string, WorkloadKey>();
  /** Every Deployment by namespace: a label on the Namespace may adopt any of them. */
  const deployments = groupedBy<DeploymentRecord>((each) => each.namespace);
  const routes = routeLedger({
    claimant: (key) => states.get(key)!.deployment,
    claims: (key) => claimsOf(states.get(key)!),
    onChange: touch,
  });
  let stopped = false;

  function deploymentChanged(key: string, now: DeploymentRecord | undefined, before: DeploymentRecord | undefined) {
    deployments.change(key, now, before);
    if (now === undefined || before === undefined || !isJudgedAlike(before, now)) {
      for (const each of [now, before])
        if (each?.inferenceService) reclaimInference(each.namespace, each.inferenceService);
    }
    if (now === undefined || (before !== undefined && before.uid !== now.uid)) remove(key);
    if (now === undefined) return;
    const state = states.get(key);
    if (before !== undefined) state?.foreign.observed(before.replicas, now.replicas, now.replicasOwners);
    if (state !== undefined && before !== undefined && isJudgedAlike(before, now)) {
      state.deployment = now;
      touch(key);
    } else {
      reconsider(now);
    }
  }

  function reconsider(deployment: DeploymentRecord): void {
    const { key, namespace } = deployment;
    const known = states.get(key);
    const inferenceService = inferenceOf(deployment);
    const lastGood = known?.adoption.lastGood ?? null;
    const judged = judgeAdoption({
      deployment,
      inferenceService: inferenceService ?? null,
      namespaceLabel: options.namespaceLabel(namespace),
      adopt: options.adopt,
      config: options.config(),
      lastGood,
    });
    // Nobody sees it before its InferenceService was read: settings without that one were never in force.
    const adoption = inferenceService === undefined && judged !== null ? { ...judged, lastGood } : judged;
    if (adoption === null) {
      remove(key);
      return;
    }
    const wasNeeded = needsWatch(known);
    const state: State = known ?? {
      deployment,
      adoption,
      foreign: foreignWrites(clock),
      refusedSinceMs: null,
      wasReady: false,
      cancelTimer: () => undefined,
      observed: undefined,
    };
    state.deployment = deployment;
    state.adoption = adoption;
    states.set(key, state);
    keyByUid.set(deployment.uid, key);
    if (needsWatch(state) && !wasNeeded) options.onNamespaceNeeded(namespace, true);
    else if (!needsWatch(state) && wasNeeded) releaseNamespace(namespace);
    if (needsWatch(state)) routes.claim(key);
    else routes.drop(key);
    touch(key);
  }

  function remove(key: WorkloadKey): void {
    const state = states.get(key);
    if (state === undefined) return;
    state.cancelTimer();
    states.delete(key);
    keyByUid.delete(state.deployment.uid);
    routes.drop(key);
    if (needsWatch(state)) releaseNamespace(state.deployment.namespace);
    options.onChange(key);
  }

  function releaseNamespace(namespace: string): void {
    for (const state of statesIn(namespace)) if (needsWatch(state)) return;
    options.onNamespaceNeeded(namespace, false);
  }

  function* statesIn(namespace: string): Iterable<State> {
    for (const { key } of deployments.of(namespace)) {
      const state = states.get(key);
      if (state !== undefined) yield state;
    }
  }

  function touch(key: WorkloadKey): void {
    const state = states.get(key);
    if (state === undefined || stopped) return;
    state.observed = undefined;
    followTime(key, state);
    options.onChange(key);
  }

  /** Some conclusions come true by time alone; then the key changes without any news from the API. */
  function followTime(key: WorkloadKey, state: State): void {
    const nowMs = clock.nowMs();
    state.refusedSinceMs = refusal(state) === null ? null : (state.refusedSinceMs ?? nowMs);
    const refusedInMs = state.refusedSinceMs === null ? 0 : state.refusedSinceMs + REFUSED_FOR_MS - nowMs;
    const dueMs = [refusedInMs, state.foreign.conflictEndsInMs() ?? 0].filter((ms) => ms > 0);
    state.cancelTimer();
    if (dueMs.length > 0) state.cancelTimer = clock.after(Math.min(...dueMs), () => touch(key));
  }

  function refusal(state: State): CreationRefused | null {
    const { deployment } = state;
    if (deployment.replicas === 0) return null;
    for (const each of options.watchOf(deployment.namespace)?.replicaSets(deployment.uid) ?? []) {
      if (each.replicas > each.statusReplicas && each.creationRefused !== null) return each.creationRefused;
    }
    return deployment.creationRefused;
  }

  /** Undefined: not read yet. */
  function inferenceOf({ namespace, inferenceOwner }: DeploymentRecord): InferenceService | null | undefined {
    return inferenceOwner === null ? null : options.inferenceService(namespace, inferenceOwner);
  }

  /** Another of its components came or went, and hosts may be another's now. */
  function reclaimInference(namespace: string, service: string): void {
    for (const state of statesIn(namespace)) {
      if (state.deployment.inferenceService === service && needsWatch(state)) routes.claim(state.deployment.key);
    }
  }

  function hasTransformer({ namespace, inferenceService }: DeploymentRecord): boolean {
    if (inferenceService === null) return false;
    for (const each of deployments.of(namespace)) {
      if (each.inferenceService !== inferenceService) continue;
      if (inferenceComponent(each.name, each.component) === 'transformer') return true;
    }
    return false;
  }

  function claimsOf({ deployment, adoption }: State): readonly RouteClaim[] {
    return routeClaims({
      deployment,
      domain: options.domain,
      services: options.watchOf(deployment.namespace)?.services() ?? [],
      annotated: adoption.settings.routes,
      hasTransformer: hasTransformer(deployment),
      inferenceService: inferenceOf(deployment) ?? null,
    });
  }

  function observe(key: WorkloadKey): ObservedWorkload | undefined {
    const granted = routes.granted(key);
    const state = states.get(key);
    if (state === undefined) return undefined;
    const watch = needsWatch(state) ? options.watchOf(state.deployment.namespace) : undefined;
    if (needsWatch(state) && watch?.synced !== true) return undefined;
    const inferenceService = inferenceOf(state.deployment);
    if (inferenceService === undefined && !options.inferenceServicesSettled()) return undefined;
    if (state.observed === undefined) {
      const refusedLong = state.refusedSinceMs !== null && clock.nowMs() - state.refusedSinceMs >= REFUSED_FOR_MS;
      state.observed = observeWorkload({
        deployment: state.deployment,
        adoption:
          inferenceService === undefined
            ? withoutItsInferenceService(state.deployment, state.adoption)
            : state.adoption,
        watch,
        granted,
        inferenceService: inferenceService ?? null,
        domain: options.domain,
        creationRefused: refusedLong ? refusal(state) : null,
        foreign: state.foreign,
        wasReady: state.wasReady,
      });
      state.wasReady = state.observed.everReady;
    }
    return state.observed;
  }

  return {
    deploymentChanged,
    configChanged() {
      for (const { deployment } of [...states.values()]) reconsider(deployment);
    },
    reconsiderNamespace(namespace) {
      for (const deployment of [...deployments.of(namespace)]) reconsider(deployment);
    },
    servicesChanged(namespace) {
      for (const state of statesIn(namespace)) {
        const { key } = state.deployment;
        if (needsWatch(state)) routes.claim(key);
        // A Service may name another port without naming another host.
        touch(key);
      }
    },
    inferenceServiceChanged(namespace, name) {
      for (const each of [...deployments.of(namespace)]) if (each.inferenceOwner?.name === name) reconsider(each);
    },
    inferenceServicesRead() {
      for (const { deployment } of [...states.values()]) if (deployment.inferenceOwner !== null) reconsider(deployment);
    },
    touch,
    touchUid(deploymentUid) {
      const key = keyByUid.get(deploymentUid);
      if (key !== undefined) touch(key);
    },
    noteWrite: (key, replicas) => states.get(key)?.foreign.wrote(replicas),
    keys: () => [...states.keys()],
    observe,
    stop() {
      stopped = true;
      for (const state of states.values()) state.cancelTimer();
    },
  };
}

/** Nothing differs that adoption or routes are judged by; most changes are of the status. */
function isJudgedAlike(a: DeploymentRecord, b: DeploymentRecord): boolean {
  const inputs = (each: DeploymentRecord) => [
    each.uid,
    each.annotations,
    each.templateKnativeKeys,
    each.templateLabels,
    each.knativeRevision,
    each.inferenceOwner,
    each.inferenceService,
    each.component,
  ];
  return isDeepStrictEqual(inputs(a), inputs(b));
}

function needsWatch(state: State | undefined): boolean {
  return state !== undefined && state.adoption.mode !== 'left-alone';
}
