/** `npm run figures [NAME…]`: the scenarios with their full numbers, and the figures they gave. All where none is named. */
import { join } from 'node:path';
import { startDelayedControl } from './delayed-control.ts';
import { type RouseDevOptions, startRouseDev } from './rouse-dev.ts';
import { runNamed } from './run-named.ts';
import { bursts, wakes } from './scenarios/bursts.ts';
import { heldGets, heldUploads, largeBodies } from './scenarios/holding.ts';
import { inference } from './scenarios/inference.ts';
import { killOperator } from './scenarios/kill-operator.ts';
import { killPods, killProxy, killSupervisor } from './scenarios/kills.ts';
import { percentile } from './scenarios/percentile.ts';
import { sleeps } from './scenarios/sleeps.ts';
import type { System } from './system.ts';

const GIB = 2 ** 30;
const ms = (value: number): string => `${Math.round(value * 10) / 10} ms`;
const mib = (value: number): string => `${Math.round(value * 10) / 10} MiB`;
const spread = (values: readonly number[]): string =>
  `p50 ${ms(percentile(values, 0.5))}, p99 ${ms(percentile(values, 0.99))}, most ${ms(Math.max(...values))}`;
const counts = (values: ReadonlyMap<string | number, number>): string =>
  [...values].map(([value, count]) => `${count} × ${value}`).join(', ');
const listed = (values: readonly unknown[]): string =>
  values.length === 0 ? '0' : `${values.length}: ${JSON.stringify(values.slice(0, 5))}`;

/** Runs a scenario on a `rouse dev` of its own. */
async function onFresh<T>(
  scenario: (system: System) => Promise<T>,
  flags: readonly string[] = [],
  options: RouseDevOptions = {},
): Promise<T> {
  const dev = await startRouseDev([], flags, options);
  try {
    return await scenario(dev);
  } finally {
    await dev.stop();
  }
}
const examples = [join(import.meta.dirname, '../examples/inference')];

await runNamed('figures', {
  bursts: async (print) => {
    const sizes = [90, 300, 1_000];
    for (const { size, wishes, statuses, rightSizedAfterMs } of await onFresh((system) => bursts(system, sizes))) {
      const wished = `wishes ${wishes.join(' → ')}, right-sized ${ms(rightSizedAfterMs)} after the last request left`;
      print(`${size} at once on a sleeping workload: ${wished}; answers ${counts(statuses)}`);
    }
  },
  wakes: async (print) => {
    const { patchedMs, seenMs } = await onFresh((system) => wakes(system, 50));
    print(`first request → /scale accepted, ${patchedMs.length} wakes: ${spread(patchedMs)}`);
    print(`request sent → replicas seen by a watch of the API: ${spread(seenMs)}`);
  },
  sleeps: async (print) => {
    const random = Math.random;
    const system = await startDelayedControl(random);
    const { armedAtMs } = system;
    const result = await sleeps(system, { workloads: 8, rounds: 25, random, armedAtMs }).finally(system.close);
    print(`${result.sleeps} sleeps, ${result.requests} requests: ${listed(result.failures)} failed`);
    print(
      `requests between the first armed PUT and SIGTERM: ${result.within}${result.within < 20 ? ' (VOID: < 20)' : ''}`,
    );
    print(`first armed PUT → SIGTERM, undisturbed: ${spread(result.spansMs)}`);
    print(`requests an app saw after its SIGTERM: ${listed(result.afterSigterm)}`);
  },
  kills: async (print) => {
    const pods = await onFresh((system) => killPods(system, 6));
    print(`kill -9 of one pod of three, ${pods.kills} times, ${pods.requests} requests: ${pods.explained} failed that`);
    print('  were answered in part or are POSTs already sent to it;');
    print(`  other failures ${listed(pods.unexplained)}; POSTs that ran twice ${listed(pods.ranTwice)}`);
    const operator = await onFresh((system) => killOperator(system, 3));
    print(
      `kill -9 of the operator, ${operator.kills} times, demand growing, and once, demand falling, ${operator.requests} requests:`,
    );
    print(`  failed ${listed(operator.failures)}; pods ended ${listed(operator.wronglyEnded)};`);
    print(`  pods that kept their process ${operator.keptPids} of ${operator.podsAtFirstKill};`);
    print(`  with the last kill the demand fell: first pod told to end ${ms(operator.firstEndAfterMs)} later;`);
    print(`  kill → the new one wrote what the demand asks for: ${operator.caughtUpMs.map(ms).join(', ')}`);
    const proxy = await onFresh(killProxy, ['--proxies', '2']);
    print(`kill -9 of one of two proxies, ${proxy.requests} requests: ${proxy.cutOff} cut off with it;`);
    print(`  failed at the other ${listed(proxy.failuresAtOther)}; back after ${ms(proxy.backAfterMs)},`);
    print(`  then failed ${listed(proxy.failuresAfter)}; pods ended ${proxy.podsEnded}`);
    const supervisor = await killSupervisor();
    print(`kill -9 of rouse dev: ${supervisor.processes} processes, none left after ${ms(supervisor.goneAfterMs)}`);
  },
  inference: async (print) => {
    const { statuses, mostReady, tookMs, zeroAfterMs } = await onFresh((system) => inference(system, 1_000), [], {
      paths: examples,
    });
    print(`seq 1 1000 | xargs -P10 curl …: ${counts(statuses)} in ${ms(tookMs)}; up to ${mostReady} pods ready;`);
    print(`  at zero ${ms(zeroAfterMs)} after the last answer`);
  },
  holding: async (print) => {
    const large = await onFresh((system) => largeBodies(system, 2 * GIB));
    print(`2 GiB up to a sleeping workload: ${large.uploadSame ? 'byte-identical' : 'DIFFERENT'};`);
    print(`  sent while asleep ${mib(large.sentWhileAsleep / 2 ** 20)}, then the sender was blocked`);
    print(`2 GiB down: ${large.downloadSame ? 'byte-identical' : 'DIFFERENT'}`);
    print(
      `  proxy at most ${mib(large.proxyPeakMib)} (idle ${mib(large.proxyIdleMib)}), files ${listed(large.filesOpen)}`,
    );
    for (const [what, held] of [
      ['GETs', await onFresh((system) => heldGets(system, 10_000))],
      ['uploads of 1 MiB', await onFresh((system) => heldUploads(system, 1_000))],
    ] as const) {
      print(`${held.count} held ${what}: ${mib(held.heldMib - held.idleMib)} over idle (${mib(held.idleMib)}),`);
      print(
        `  kernel ${mib(held.kernelMib)}, unread ${mib(held.receiveQueuesMib)}; answered with their id ${held.answered}`,
      );
    }
  },
});
