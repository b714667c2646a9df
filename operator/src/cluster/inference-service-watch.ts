/** KServe's InferenceServices, where there are any and they may be read. */
import { type Clock, type InferenceService, readInferenceService } from '@rouse/contract';
import {
  describeFailure,
  inferenceServicesPath,
  type Kube,
  type KubeLog,
  type KubeObject,
  type Reflector,
  reflect,
} from '@rouse/kube';
import type { OwnerName } from './deployment-record.ts';

export interface InferenceServiceWatchOptions {
  readonly kube: Kube;
  readonly clock: Clock;
  readonly log: KubeLog;
  /** As `--namespaces`; empty: all. */
  readonly namespaces: readonly string[];
  onChange(namespace: string, name: string): void;
  /** They were read, or need not be waited for: see `settled`. */
  onSettled(): void;
}

export interface InferenceServiceWatch {
  /** Nobody has to wait for them (any more): read once, not there, not allowed, or unreadable for a while. */
  readonly settled: boolean;
  /** Null: there is none, as far as can be told. Undefined: that is not known yet. */
  ownerOf(namespace: string, owner: OwnerName): InferenceService | null | undefined;
  troubles(): string[];
  stop(): void;
}

interface InferenceRecord {
  readonly key: string;
  readonly namespace: string;
  readonly uid: string;
  readonly service: InferenceService;
}

/** KServe may be installed, or its permission be given, at any time. */
const ASK_AGAIN_MS = 30_000;
/** A moment's fault must not make a new leader go on without them; a lasting one must not stop it for everybody else. */
const PATIENCE_MS = 15_000;

export function inferenceServiceWatch(options: InferenceServiceWatchOptions): InferenceServiceWatch {
  const { kube, clock, log, namespaces } = options;
  const reflectors = (namespaces.length === 0 ? [undefined] : [...new Set(namespaces)]).map(
    (namespace): Reflector<InferenceRecord> =>
      reflect({
        kube,
        clock,
        log,
        path: inferenceServicesPath(namespace),
        project: projectInferenceService,
        key: (each: InferenceRecord) => each.key,
        onChange(_, now, before) {
          const record = now ?? before;
          if (record !== undefined) options.onChange(record.namespace, record.service.name);
        },
        onSync: options.onSettled,
        optional: true,
        askAgainMs: ASK_AGAIN_MS,
      }),
  );

  let waitedLong = false;
  const cancelWait = clock.after(PATIENCE_MS, () => {
    waitedLong = true;
    options.onSettled();
  });

  return {
    get settled() {
      return waitedLong || reflectors.every((each) => each.synced);
    },
    ownerOf(namespace, { name, uid }) {
      for (const each of reflectors) {
        const record = each.get(`${namespace}/${name}`);
        if (record?.uid === uid) return record.service;
      }
      return reflectors.every((each) => each.synced) ? null : undefined;
    },
    troubles: () =>
      reflectors.flatMap(({ trouble }) =>
        trouble === null || trouble.status === 403 || trouble.status === 404 ? [] : [describeFailure(trouble)],
      ),
    stop() {
      cancelWait();
      for (const each of reflectors) each.stop();
    },
  };
}

function projectInferenceService(raw: KubeObject): InferenceRecord {
  const { name, namespace = 'default', uid } = raw.metadata;
  return { key: `${namespace}/${name}`, namespace, uid, service: readInferenceService(raw) };
}
