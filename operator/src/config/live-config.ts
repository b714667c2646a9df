/** The cluster's defaults and limits as its ConfigMap has them now: watched, the last good ones kept. */
import {
  type Clock,
  type ClusterConfig,
  defaultClusterConfig,
  formatProblem,
  type Problem,
  readClusterConfig,
} from '@rouse/contract';
import { configMapsPath, type Kube, type KubeLog, type KubeObject, reflect } from '@rouse/kube';
import type { EventRecorder } from '../cluster/events.ts';

export interface LiveConfigOptions {
  readonly kube: Kube;
  readonly clock: Clock;
  readonly log: KubeLog;
  readonly events: Pick<EventRecorder, 'record'>;
  readonly namespace: string;
  readonly name: string;
  /** Other values are in force now. */
  onChange(): void;
}

export interface LiveConfig {
  readonly current: ClusterConfig;
  /** Everything to be mended in the ConfigMap as it stands. */
  readonly problems: readonly Problem[];
  /** Resolves when it was read once, or may not be read: then the defaults are in force. */
  readonly whenSynced: Promise<void>;
  stop(): void;
}

interface ConfigMapRecord {
  readonly uid: string;
  readonly data: Readonly<Record<string, string>>;
}

interface RawConfigMap extends KubeObject {
  readonly data?: Readonly<Record<string, string>>;
}

/** Starts watching at once. Without the ConfigMap, and once it is deleted, the defaults are in force. */
export function liveConfig(options: LiveConfigOptions): LiveConfig {
  const { kube, clock, log, events, namespace, name } = options;
  let current = defaultClusterConfig;
  let problems: readonly Problem[] = [];

  function read(record: ConfigMapRecord | undefined): void {
    const { config, problems: found } = readClusterConfig(record?.data);
    problems = found;
    for (const problem of found) {
      log.warn('cluster configuration has a problem', { configMap: `${namespace}/${name}`, problem: problem.key });
      if (record === undefined) continue;
      const subject = { namespace, name, uid: record.uid, kind: 'ConfigMap' } as const;
      events.record(subject, 'Warning', 'InvalidConfiguration', formatProblem(problem));
    }
    if (found.some(({ severity }) => severity === 'error')) return;
    current = config;
    log.info('cluster configuration in force', { configMap: record === undefined ? null : `${namespace}/${name}` });
    options.onChange();
  }

  const reflector = reflect<RawConfigMap, ConfigMapRecord>({
    kube,
    clock,
    log,
    path: configMapsPath(namespace),
    // With a single name in it, a Role may be limited to that name.
    query: { fieldSelector: `metadata.name=${name}` },
    project: ({ metadata, data }) => (metadata.name === name ? { uid: metadata.uid, data: data ?? {} } : null),
    key: ({ uid }) => uid,
    onChange: (_uid, now) => read(now),
    optional: true,
  });
  return {
    get current() {
      return current;
    },
    get problems() {
      return problems;
    },
    whenSynced: reflector.whenSynced,
    stop: () => reflector.stop(),
  };
}
