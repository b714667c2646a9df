/** `rouse dev PATH…`: the small cluster in this process, proxies and operator as its children, transitions on the terminal. */
import { randomBytes } from 'node:crypto';
import { createRequire } from 'node:module';
import { type DevFlagValues, formatProblem, type Problem } from '@rouse/contract';
import { systemClock } from '@rouse/daemon';
import { type LocalCluster, startLocalCluster } from '@rouse/local';
import { followEvents } from '../operator-api.ts';
import { type Child, superviseChild } from './child.ts';
import { greetingLines } from './greeting.ts';
import { nextFreePort, takenPorts } from './ports.ts';
import { transitionLine } from './transitions.ts';

const resolve = createRequire(import.meta.url).resolve;
const leasePath = '/apis/coordination.k8s.io/v1/namespaces/default/leases/rouse-operator';
/** Longer than the kubelet's default grace period of a pod, so that apps may finish. */
const stopGraceMs = 35_000;

export interface Dev {
  /** Ends everything, pods included; resolves when nothing is left. */
  close(): Promise<void>;
}

type Started = { readonly ok: true; readonly dev: Dev } | { readonly ok: false; readonly problems: readonly Problem[] };

/** Starts everything. Problems of manifests are printed and the rest runs; a taken port stops it before anything started. */
export async function startDev(
  paths: readonly string[],
  flags: DevFlagValues,
  print: (line: string) => void,
): Promise<Started> {
  const { port, adminPort, operatorPort, apiPort } = flags;
  const asked = new Map([
    ['port', port],
    ['admin-port', adminPort],
    ['operator-port', operatorPort],
    ['api-port', apiPort],
  ]);
  const problems = await takenPorts(asked);
  if (problems.length > 0) return { ok: false, problems };

  const cluster = await startLocalCluster({
    apiPort,
    paths,
    clock: systemClock,
    onPodLog: print,
    onProblem: (problem) => print(`problem: ${formatProblem(problem)}`),
    onNotice: print,
  });
  const children = await startDaemons(cluster, flags, new Set(asked.values()), print);
  const following = new AbortController();
  const operatorUrl = `http://127.0.0.1:${operatorPort}`;
  const greeting = { domain: flags.domain, port, operatorUrl, apiUrl: cluster.url };
  let greeted = false;
  void followEvents(operatorUrl, following.signal, (event) => {
    if (event.type === 'transition') print(transitionLine(event.transition));
    if (event.type === 'snapshot' && !greeted) {
      greeted = true;
      for (const line of greetingLines(event.workloads, greeting)) print(line);
    }
  });
  return {
    ok: true,
    dev: {
      close: async () => {
        following.abort();
        // The operator first: it must not react to what the rest does while it ends.
        await children.operator.stop(5_000);
        await Promise.all([...children.proxies.map((proxy) => proxy.stop(stopGraceMs)), cluster.close()]);
      },
    },
  };
}

async function startDaemons(
  cluster: LocalCluster,
  flags: DevFlagValues,
  reserved: Set<number>,
  print: (line: string) => void,
): Promise<{ operator: Child; proxies: readonly Child[] }> {
  const env = { ...process.env, ROUSE_CONTROL_TOKEN: randomBytes(24).toString('base64url') };
  const log = ['--log-level', flags.logLevel];
  const proxies: Child[] = [];
  const proxyUrls: string[] = [];
  for (let index = 0; index < flags.proxies; index++) {
    const port = index === 0 ? flags.port : await nextFreePort(flags.port + index, reserved);
    const adminPort = index === 0 ? flags.adminPort : await nextFreePort(flags.adminPort + index, reserved);
    if (index > 0) print(`proxy ${index + 1}: http://localhost:${port}`);
    const address = ['--host', '127.0.0.1', '--port', String(port), '--admin-port', String(adminPort)];
    proxies.push(
      superviseChild({
        name: flags.proxies === 1 ? 'proxy' : `proxy ${index + 1}`,
        main: resolve('@rouse/proxy/main'),
        args: [...address, '--allow-local-pods', '--shutdown-delay', '0s', '--shutdown-timeout', '5s', ...log],
        env,
        print,
      }),
    );
    proxyUrls.push(`http://127.0.0.1:${adminPort}`);
  }
  const operator = superviseChild({
    name: 'operator',
    main: resolve('@rouse/operator/main'),
    args: [
      ...['--server', cluster.url, '--api-port', String(flags.operatorPort), '--domain', flags.domain],
      ...['--adopt', 'all', '--proxy-url', `http://localhost:${flags.port}`, '--pod-deletion-cost'],
      ...proxyUrls.flatMap((url) => ['--proxy', url]),
      ...log,
    ],
    env,
    print,
    beforeRestart: () => releaseLease(cluster.url),
  });
  return { operator, proxies };
}

/** The dead process cannot hold it any more, and nobody else runs: without this the new one waits for its expiry. */
async function releaseLease(apiUrl: string): Promise<void> {
  const headers = { 'content-type': 'application/merge-patch+json' };
  const body = JSON.stringify({ spec: { holderIdentity: '' } });
  await fetch(`${apiUrl}${leasePath}`, { method: 'PATCH', headers, body }).then(
    (answer) => answer.arrayBuffer(),
    () => undefined,
  );
}
