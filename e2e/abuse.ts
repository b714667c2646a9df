/**
 * `npm run abuse [NAME…]`: clients that mean harm, in full numbers, and what others notice of them. All where none is
 * named. Runs in a network of its own where it can, whose frames are as long as Ethernet's: with the 64 KiB of the
 * machine's loopback the kernel gives each connection buffers of megabytes at once, and fills them for who reads nothing.
 */
import { execFileSync } from 'node:child_process';
import type { Experience } from './abuse/bystander.ts';
import { descriptorExhaustion } from './abuse/descriptors.ts';
import { idleConnections } from './abuse/idle-connections.ts';
import { queueFlood } from './abuse/queue-flood.ts';
import { slowClients, type Versus } from './abuse/slow-clients.ts';
import { slowReaders } from './abuse/slow-readers.ts';
import { hasSlowhttptest, OWN_INTERVAL_S } from './abuse/slowhttptest.ts';
import { findNamespace, isInside } from './cluster/network-namespace.ts';
import { runNamed } from './run-named.ts';
import { percentile } from './scenarios/percentile.ts';

const ms = (value: number): string => `${value.toFixed(2)} ms`;
const errors = ({ faults, requests }: Experience): string =>
  `${faults.length} of ${requests} failed${faults.length > 0 ? ` (${[...new Set(faults)].join(', ')})` : ''}`;
const versus = ({ quiet, during }: Versus): string =>
  `${errors(during)}, p99 ${ms(during.p99Ms)} (quiet ${ms(quiet.p99Ms)}: × ${(during.p99Ms / quiet.p99Ms).toFixed(2)}), p50 ${ms(during.p50Ms)} (quiet ${ms(quiet.p50Ms)})`;
const ETHERNET_MTU = '1500';
/** A p99 hangs on a few dozen requests, which a machine of two cores delays by itself now and then. */
const ROUNDS = 3;
/** Five times as often as slowhttptest does it by itself. */
const HASTY_INTERVAL_S = 2;

async function inOwnNetwork(): Promise<void> {
  const found = await findNamespace();
  if (found.ok) process.exit(await found.namespace.run([process.execPath, ...process.argv.slice(1)]));
  console.log(`on this machine's own loopback: a network of its own needs ${found.reason}`);
}

if (isInside()) execFileSync('ip', ['link', 'set', 'lo', 'mtu', ETHERNET_MTU]);
else await inOwnNetwork();

await runNamed('abuse', {
  'slow-clients': async (print) => {
    if (!hasSlowhttptest) {
      print('skipped: needs slowhttptest and chrt in PATH');
      return;
    }
    const connections = 500;
    const seconds = 30;
    const usual = { connections, seconds, intervalS: OWN_INTERVAL_S, rounds: ROUNDS, aside: true };
    const results = [
      ...(await slowClients({ ...usual, modes: ['H', 'B', 'X'] })),
      ...(await slowClients({ ...usual, modes: ['B'], intervalS: HASTY_INTERVAL_S })),
    ];
    for (const { mode, intervalS, attacks, same, other, past } of results) {
      const pace = mode === 'X' ? '' : `, a piece each ${intervalS} s`;
      print(`slowhttptest -${mode}, ${connections} connections${pace}, up to ${seconds} s`);
      for (const { connected, closed, endedAfterS } of attacks) {
        const isVoid = !(connected + closed >= connections);
        print(`  ${connected} open, ${closed} closed, over after ${endedAfterS} s${isVoid ? ' (VOID)' : ''}`);
      }
      for (const [whose, rounds] of [
        ['clients of the same workload', same],
        ['clients of another one', other],
        ['past the proxy, to a pod of that', past],
      ] as const) {
        for (const each of rounds) print(`  ${whose}: ${versus(each)}`);
        const ratios = rounds.map(({ quiet, during }) => during.p99Ms / quiet.p99Ms);
        print(`  ${whose}: p99 × ${percentile(ratios, 0.5).toFixed(2)} by the median of the rounds`);
      }
    }
  },
  'slow-readers': async (print) => {
    const { smallAnswers, largeAnswers, pods } = await slowReaders(8, 15);
    print('8 clients that read nothing, container-concurrency 1, a steady client beside them:');
    print(`  of 16 KiB: ${errors(smallAnswers)}, p99 ${ms(smallAnswers.p99Ms)}`);
    print(`  of 64 MiB: ${errors(largeAnswers)}, p99 ${ms(largeAnswers.p99Ms)}, ${pods} pods`);
  },
  'idle-connections': async (print) => {
    const { open, bytesEach, quiet, during } = await idleConnections(20_000, 10);
    print(
      `20,000 idle connections tried at two proxies, ${open} open, ${(bytesEach / 1024).toFixed(1)} KiB each in the proxy`,
    );
    print(`  others: ${versus({ quiet, during })}`);
  },
  descriptors: async (print) => {
    const { most, known, wokenStatus, afterwards } = await descriptorExhaustion(300, 2_000);
    print(`2,000 connections on a proxy with 300 descriptors: ${most} in use`);
    print(`  a client that was there before: ${errors(known)}, p99 ${ms(known.p99Ms)}`);
    print(`  a workload woken meanwhile: ${wokenStatus}; a new client afterwards: ${afterwards}`);
  },
  'queue-flood': async (print) => {
    const { held, quiet, during } = await queueFlood(15_000, 10_000, 10);
    print(`15,000 requests for a workload that never gets up: ${held} held, the rest turned away`);
    print(`  clients of another one: ${versus({ quiet, during })}`);
  },
});
