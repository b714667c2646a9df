/** Rouse on a test cluster: operator and proxies as processes beside the nodes, each restartable by itself. */
import { createRequire } from 'node:module';
import type { WorkloadStatus } from '@rouse/contract';
import { until } from '@rouse/contract/testing';
import { accepts, freePorts, serves } from '../ports.ts';
import type { Cluster } from './cluster.ts';
import { type DaemonProcess, startDaemon } from './daemon-process.ts';
import { giveOperatorAccess, NAMESPACE } from './operator-access.ts';

const { resolve } = createRequire(import.meta.url);
const TOKEN = 'e2e-control-token';

export interface RouseProxy {
  readonly port: number;
  readonly adminPort: number;
  readonly process: DaemonProcess;
  /** Starts it again on its ports; resolves once it serves. */
  restart(): Promise<void>;
}

export interface Rouse {
  readonly proxies: readonly RouseProxy[];
  readonly operatorPort: number;
  readonly operator: DaemonProcess;
  /** Starts it again after its end; resolves once it answers. */
  restartOperator(): Promise<void>;
  /** As the operator sees it; undefined while it knows none of that name. */
  workload(name: string): Promise<WorkloadStatus | undefined>;
  stop(): Promise<void>;
}

export interface RouseOptions {
  /** 1 by default. */
  readonly proxies?: number;
  readonly podDeletionCost?: boolean;
  readonly operatorFlags?: readonly string[];
}

/** Starts everything on free ports with the operator's own token; resolves once every proxy takes requests. */
export async function startRouse(cluster: Cluster, options: RouseOptions = {}): Promise<Rouse> {
  const { logs } = cluster.plane;
  const podDeletionCost = options.podDeletionCost ?? false;
  const kubeconfig = await giveOperatorAccess(cluster, podDeletionCost);
  const count = options.proxies ?? 1;
  const [operatorPort, ...ports] = await freePorts(1 + 2 * count);
  const start = (name: string, main: string, args: readonly (string | number)[]): DaemonProcess =>
    startDaemon({
      name,
      program: process.execPath,
      args: [resolve(main), ...args.map(String)],
      logs,
      env: { ROUSE_CONTROL_TOKEN: TOKEN },
    });

  function startProxy(index: number): RouseProxy {
    const [port, adminPort] = [ports[index * 2]!, ports[index * 2 + 1]!];
    const args = ['--host', '127.0.0.1', '--port', port, '--admin-port', adminPort, '--shutdown-delay', '0s'];
    const run = (): DaemonProcess => start(`proxy-${index}`, '@rouse/proxy/main', args);
    let current = run();
    return {
      port,
      adminPort,
      get process() {
        return current;
      },
      async restart() {
        current = run();
        await until(() => serves(port), `proxy ${index} serves`, 30_000);
      },
    };
  }

  const proxies = Array.from({ length: count }, (_, index) => startProxy(index));
  const operatorArgs = [
    ...['--kubeconfig', kubeconfig, '--api-port', operatorPort!, '--lease-namespace', NAMESPACE],
    ...proxies.flatMap(({ adminPort }) => ['--proxy', `http://127.0.0.1:${adminPort}`]),
    ...(podDeletionCost ? ['--pod-deletion-cost'] : []),
    ...(options.operatorFlags ?? []),
  ];
  const runOperator = (): DaemonProcess => start('operator', '@rouse/operator/main', operatorArgs);
  let operator = runOperator();
  const answers = (): Promise<unknown> => until(() => accepts(operatorPort!), 'the operator answers', 30_000);
  await answers();
  await Promise.all(proxies.map(({ port }) => until(() => serves(port), 'the proxy serves', 30_000)));

  return {
    proxies,
    operatorPort: operatorPort!,
    get operator() {
      return operator;
    },
    async restartOperator() {
      operator = runOperator();
      await answers();
    },
    workload: async (name) => {
      const answer = await fetch(`http://127.0.0.1:${operatorPort}/api/workloads/default/${name}`);
      if (answer.status === 404) return undefined;
      if (!answer.ok) throw new Error(`the operator answers ${answer.status} for ${name}: ${await answer.text()}`);
      return (await answer.json()) as WorkloadStatus;
    },
    async stop() {
      await Promise.all([operator.stop('SIGKILL'), ...proxies.map((proxy) => proxy.process.stop('SIGKILL'))]);
    },
  };
}
