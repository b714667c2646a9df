/** A whole cluster for a test file: control plane, nodes, and hands to work on it as its administrator. */
import { createWriteStream, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { until } from '@rouse/contract/testing';
import type { Kube, KubeObject } from '@rouse/kube';
import { type AppEvent, readAppLog } from '../app/app-log.ts';
import { type KubeObjects, kubeObjects } from '../kube-objects.ts';
import { findBinaries } from './binaries.ts';
import { type ClusterNode, type ClusterNodeOptions, startNode } from './cluster-node.ts';
import { type ControlPlane, type ControlPlaneOptions, startControlPlane } from './control-plane.ts';
import { isInside } from './network-namespace.ts';

export interface Cluster extends KubeObjects {
  readonly plane: ControlPlane;
  readonly nodes: readonly ClusterNode[];
  /** As its administrator. */
  readonly kube: Kube;
  /** What the apps under test write, by `APP_LOG`. */
  readonly appLogFile: string;
  appLog(): AppEvent[];
  /** Starts a further node, or one again that was lost. */
  addNode(options: Pick<ClusterNodeOptions, 'number'> & NodeWishes): Promise<ClusterNode>;
  /** Ends everything; keeps the folder with all logs and tells where, when `failed`. */
  stop(failed?: boolean): Promise<void>;
}

export interface ClusterOptions extends Omit<ControlPlaneOptions, 'binaries'> {
  /** 2 by default. */
  readonly nodes?: number;
  /** Of every node, unless `addNode` says otherwise. */
  readonly node?: NodeWishes;
}

type NodeWishes = Pick<ClusterNodeOptions, 'statusDelayMs' | 'cpus' | 'tokenRefreshMs'>;

/** Starts it and waits until every node is Ready. @throws when this machine has no control plane to start */
export async function startCluster(options: ClusterOptions = {}): Promise<Cluster> {
  if (!isInside()) throw new Error('this needs a network of its own: npm run test:cluster -w e2e');
  const found = await findBinaries((line) => console.error(line));
  if (!found.ok) throw new Error(`the cluster needs ${found.reason}`);
  const plane = await startControlPlane({ ...options, binaries: found.binaries });
  const { kube } = plane;
  const appLogFile = join(plane.folder, 'app.log');
  writeFileSync(appLogFile, '');
  const pods = createWriteStream(join(plane.logs, 'pods.log'));
  const nodes: ClusterNode[] = [];

  async function addNode(wishes: Pick<ClusterNodeOptions, 'number'> & NodeWishes): Promise<ClusterNode> {
    const node = { ...options.node, ...wishes };
    const write = (line: string): void => void pods.write(`${line}\n`);
    const started = startNode(plane, { ...node, out: write, warn: write });
    nodes.push(started);
    const path = `/api/v1/nodes/${started.name}`;
    await until(async () => {
      const result = await kube.request<NodeView>({ method: 'GET', path });
      return result.ok && isReady(result.value);
    }, `${started.name} Ready`);
    return started;
  }

  for (let number = 1; number <= (options.nodes ?? 2); number++) {
    await addNode({ number });
  }

  return {
    ...kubeObjects(kube),
    plane,
    nodes,
    kube,
    appLogFile,
    appLog: () => readAppLog(appLogFile),
    addNode,
    async stop(failed = false) {
      await Promise.all(nodes.map((node) => node.lose()));
      await new Promise<void>((resolve) => pods.end(resolve));
      if (failed) console.error(`${plane.tails()}\nall logs are kept in ${plane.folder}`);
      await plane.stop({ keepFolder: failed });
    },
  };
}

interface NodeView extends KubeObject {
  readonly spec?: { readonly taints?: readonly object[] };
  readonly status?: { readonly conditions?: readonly { readonly type: string; readonly status: string }[] };
}

/** Until its taint is gone too, nothing is scheduled there. */
function isReady({ spec, status }: NodeView): boolean {
  const ready = status?.conditions?.some((each) => each.type === 'Ready' && each.status === 'True') === true;
  return ready && (spec?.taints ?? []).length === 0;
}
