/** The inference example under a client that keeps ten requests on their way, from zero to zero. */
import { join } from 'node:path';
import { until } from '@rouse/contract/testing';
import { hands } from '../hands.ts';
import { run } from '../processes.ts';
import type { System } from '../system.ts';

export interface InferenceResult {
  /** How many answers had each status. */
  readonly statuses: ReadonlyMap<string, number>;
  readonly mostReady: number;
  /** The client's whole run, ms. */
  readonly tookMs: number;
  /** From the client's end to no replicas, ms. */
  readonly zeroAfterMs: number;
}

const NAME = 'custom-model-autoscaling';
const folder = join(import.meta.dirname, '../../examples/inference');

/** Sends `count` predictions with xargs and curl, ten at once, to the example that is already there. */
export async function inference(system: System, count: number): Promise<InferenceResult> {
  const { replicas, workload } = hands(() => system);
  await until(async () => (await workload(NAME)).state === 'asleep', `${NAME} asleep`, 20_000);
  const command =
    `seq 1 ${count} | xargs -P10 -I{} curl -s -o /dev/null -w '%{http_code}\\n' ` +
    `-H 'Content-Type: application/json' -H 'Host: ${NAME}.default.example.com' -d @input.json ` +
    `http://localhost:${system.port}/v1/models/custom-model:predict`;
  let ended = false;
  const startedMs = performance.now();
  const client = run('sh', ['-c', command], {}, { cwd: folder, timeoutMs: 600_000 }).finally(() => {
    ended = true;
  });
  let mostReady = 0;
  await until(
    async () => {
      mostReady = Math.max(mostReady, (await workload(NAME)).ready);
      return ended;
    },
    'the client to end',
    600_000,
  );
  const { stdout } = await client;
  const endedMs = performance.now();
  const statuses = new Map<string, number>();
  for (const status of stdout.trim().split('\n')) statuses.set(status, (statuses.get(status) ?? 0) + 1);
  await until(async () => (await replicas(NAME)) === 0, 'no replicas', 120_000);
  return { statuses, mostReady, tookMs: endedMs - startedMs, zeroAfterMs: performance.now() - endedMs };
}
