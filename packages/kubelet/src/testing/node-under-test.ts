/** A kubelet against a small API, with what it printed; ended by `close`. */
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Clock, Problem } from '@rouse/contract';
import { connect } from '@rouse/kube';
import { type Kubelet, type KubeletOptions, startKubelet } from '../kubelet.ts';
import type { Container, ContainerStatus, Pod } from '../pod.ts';
import { type PodApi, startPodApi } from './pod-api.ts';
import { until } from './until.ts';

export interface NodeUnderTest {
  readonly api: PodApi;
  readonly kubelet: Kubelet;
  readonly lines: string[];
  readonly problems: Problem[];
  /** A folder of its own; manifests are said to come from it. */
  readonly folder: string;
  /** The pod once its status fulfils `check`. */
  podWhen(name: string, what: string, check: (pod: Pod, status: ContainerStatus) => boolean): Promise<Pod>;
  lineWhen(check: (line: string) => boolean): Promise<string>;
  close(): Promise<void>;
}

export const realClock: Clock = {
  nowMs: () => performance.now(),
  wallMs: () => Date.now(),
  after(delayMs, run) {
    const timer = setTimeout(run, delayMs);
    return () => clearTimeout(timer);
  },
};

const silent = { info: () => undefined, warn: () => undefined };

export async function startNode(clock: Clock, options: Partial<KubeletOptions> = {}): Promise<NodeUnderTest> {
  const api = await startPodApi();
  const folder = await mkdtemp(join(tmpdir(), 'rouse-kubelet-'));
  const kube = connect({ server: api.url });
  const lines: string[] = [];
  const problems: Problem[] = [];
  const kubelet = startKubelet({
    kube,
    nodeName: 'here',
    podIp: () => '127.0.0.1',
    clock,
    log: silent,
    out: (line) => lines.push(line),
    manifestFolder: () => folder,
    onProblem: (problem) => problems.push(problem),
    baseEnv: process.env,
    ...options,
  });
  return {
    api,
    kubelet,
    lines,
    problems,
    folder,
    podWhen: (name, what, check) =>
      until(`${name}: ${what}`, () => {
        const pod = api.pod(name);
        const status = pod?.status?.containerStatuses?.[0];
        return pod !== undefined && status !== undefined && check(pod, status) && pod;
      }),
    lineWhen: (check) => until('a line of output', () => lines.find(check)),
    async close() {
      await kubelet.close(200);
      await kube.close();
      await api.close();
      await rm(folder, { recursive: true });
    },
  };
}

/** A container that runs `script` with `/bin/sh`. */
export function shell(script: string, more: Partial<Container> = {}): { readonly containers: readonly Container[] } {
  return { containers: [{ name: 'main', image: 'test', command: ['/bin/sh', '-c', script], ...more }] };
}

export function condition(pod: Pod | undefined, type: string): string | undefined {
  return pod?.status?.conditions?.find((each) => each.type === type)?.status;
}
