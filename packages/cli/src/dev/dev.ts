/** `rouse dev PATH…`: the small cluster in this process, proxies and operator as its children, transitions on the terminal. */
import { type DevFlagValues, formatProblem, type Problem } from '@rouse/contract';
import { systemClock } from '@rouse/daemon';
import { DEPLOYMENTS, dig, type LocalCluster, startLocalCluster } from '@rouse/local';
import { followEvents } from '../operator-api.ts';
import type { Output } from '../output.ts';
import { startDaemons } from './daemons.ts';
import { pathProblems } from './given-paths.ts';
import { createGreeter, type Given } from './greeter.ts';
import { choosePorts } from './ports.ts';
import { proxiesReady } from './proxies-ready.ts';
import { pathToTry } from './request-to-try.ts';

/** Since this process began; people are promised it within 3 s. */
const GREETING_WITHIN_MS = 2_700;

export interface Dev {
  /** Ends everything, pods included; resolves when nothing is left. */
  close(): Promise<void>;
  /** Ends the daemons at once; the pods end with this process. */
  kill(): void;
}

export interface DevOptions {
  readonly paths: readonly string[];
  readonly flags: DevFlagValues;
  readonly output: Output;
  /** A daemon cannot run at all, and said why. */
  readonly onGivenUp: () => void;
}

type Started = { readonly ok: true; readonly dev: Dev } | { readonly ok: false; readonly problems: readonly Problem[] };

/** Starts everything. Faults of manifests are told and the rest runs; a taken port or a missing path starts nothing. */
export async function startDev({ paths, flags, output, onGivenUp }: DevOptions): Promise<Started> {
  const { print, complain } = output;
  const wrongPaths = await pathProblems(paths);
  const chosen = await choosePorts(flags);
  const problems = [...wrongPaths, ...(chosen.ok ? [] : chosen.problems)];
  if (!chosen.ok || problems.length > 0) return { ok: false, problems };
  const { ports } = chosen;

  const clock = systemClock;
  const cluster = await startLocalCluster({
    apiPort: ports.apiPort,
    paths,
    clock,
    onPodLog: print,
    onProblem: (problem) => complain(`problem: ${formatProblem(problem)}`),
    onNotice: print,
  });
  const daemons = startDaemons(cluster.url, { flags, ports, clock, print: complain, onGivenUp });
  const operatorUrl = `http://127.0.0.1:${ports.operatorPort}`;
  const greeter = createGreeter({
    clock,
    addresses: {
      domain: flags.domain,
      ports: ports.proxies.map(({ port }) => port),
      operatorUrl,
      apiUrl: cluster.url,
    },
    given: () => givenDeployments(cluster),
    withinMs: Math.max(0, GREETING_WITHIN_MS - performance.now()),
    print,
  });
  const following = new AbortController();
  void followEvents(operatorUrl, following.signal, { onEvent: greeter.event });
  const adminPorts = ports.proxies.map(({ adminPort }) => adminPort);
  void proxiesReady(adminPorts, following.signal).then(() => {
    if (!following.signal.aborted) greeter.proxiesReady();
  });
  return {
    ok: true,
    dev: {
      async close() {
        following.abort();
        greeter.close();
        await daemons.stop();
        await cluster.close();
      },
      kill: daemons.kill,
    },
  };
}

/** All are adopted, but those that say no. */
function givenDeployments(cluster: LocalCluster): Given[] {
  return cluster.registry
    .list(DEPLOYMENTS)
    .filter((deployment) => dig(deployment.metadata, 'annotations', 'rouse.dev/enabled') !== 'false')
    .map((deployment) => {
      const { namespace = 'default', name } = deployment.metadata;
      return { namespace, name, path: pathToTry(deployment) };
    });
}
