/** Clients that mean harm, with small numbers: others notice nothing of them, and nothing of the token leaks. */
import { readFileSync } from 'node:fs';
import { until } from '@rouse/contract/testing';
import { expect, test } from 'vitest';
import { descriptorExhaustion } from './abuse/descriptors.ts';
import { idleConnections } from './abuse/idle-connections.ts';
import { queueFlood } from './abuse/queue-flood.ts';
import { slowClients } from './abuse/slow-clients.ts';
import { slowReaders } from './abuse/slow-readers.ts';
import { hasSlowhttptest } from './abuse/slowhttptest.ts';
import { hands } from './hands.ts';
import { descendants, environmentOf } from './processes.ts';
import { request } from './request.ts';
import { startRouseDev } from './rouse-dev.ts';

test.skipIf(!hasSlowhttptest).concurrent('slow heads, bodies and readers: no other client gets an error', async () => {
  const few = { connections: 500, seconds: 4, intervalS: 2, rounds: 1, aside: false };
  const results = await slowClients({ ...few, modes: ['H', 'B', 'X'] });
  for (const { attacks, same, other } of results) {
    // Else there was no attack.
    for (const { connected, closed } of attacks) expect(connected + closed).toBeGreaterThan(100);
    for (const { quiet, during } of [...same, ...other]) expect([...quiet.faults, ...during.faults]).toEqual([]);
  }
});

test.concurrent('readers that take nothing keep no pod busy with small answers, and others get pods of their own beside large ones', async () => {
  const { smallAnswers, largeAnswers, pods } = await slowReaders(4, 5);
  expect(smallAnswers.faults).toEqual([]);
  expect(largeAnswers.faults).toEqual([]);
  expect(pods).toBeGreaterThan(4);
});

test.concurrent('idle connections by the thousand: no other client gets an error', async () => {
  const { open, quiet, during } = await idleConnections(3_000, 1);
  expect(open).toBe(3_000);
  expect([...quiet.faults, ...during.faults]).toEqual([]);
});

test.concurrent('clients that take all descriptors: who was there before is served, and sleepers are woken', async () => {
  const limit = 300;
  const { most, known, wokenStatus, afterwards } = await descriptorExhaustion(limit, 1_000);
  expect(most).toBeGreaterThan(limit / 2);
  expect(most).toBeLessThan(limit);
  expect(known.faults).toEqual([]);
  expect([wokenStatus, afterwards]).toEqual([200, 200]);
});

test.concurrent('a flood for one sleeping workload fills its own queue, and another workload is served', async () => {
  const { held, quiet, during } = await queueFlood(1_500, 1_000, 1);
  expect(held).toBe(1_000);
  expect([...quiet.faults, ...during.faults]).toEqual([]);
});

test.concurrent('the control token stands in the environment of the daemons alone, and of no pod or anything it starts', async () => {
  const awake = { 'autoscaling.knative.dev/min-scale': '1' };
  const probed = { readinessProbe: { exec: { command: ['sh', '-c', 'cat /proc/self/environ >> $PROBED'] } } };
  const dev = await startRouseDev([{ name: 'plain', annotations: awake }]);
  try {
    const probeLog = `${dev.folder}/probed`;
    dev.writeManifest('more.yaml', {
      name: 'probes',
      annotations: awake,
      env: { PROBED: probeLog },
      container: probed,
    });
    const { ready } = hands(() => dev);
    await ready('plain', 1);
    await ready('probes', 1);
    const daemons = [...(await dev.proxies()).map(({ pid }) => pid), dev.operatorPid()];
    const tokens = daemons.flatMap(environmentOf).filter((line) => line.startsWith('ROUSE_CONTROL_TOKEN='));
    expect(tokens).toHaveLength(2);
    const token = tokens[0]!.slice('ROUSE_CONTROL_TOKEN='.length);
    expect(token.length).toBeGreaterThan(20);
    const others = [dev.process.pid!, ...descendants(dev.process.pid!)].filter((pid) => !daemons.includes(pid));
    // The supervisor, the two pods and what they started.
    expect(others.length).toBeGreaterThanOrEqual(3);
    expect(others.filter((pid) => environmentOf(pid).some((line) => line.includes(token)))).toEqual([]);
    const seenByProbe = await until(() => readFileSync(probeLog, 'latin1'), 'the environment of an exec probe');
    expect(seenByProbe).toContain('PROBED=');
    expect(seenByProbe).not.toContain(token);
  } finally {
    await dev.stop();
  }
});

test.concurrent('the operator refuses what a page under a rebound name, or of another site, makes a browser send', async () => {
  const dev = await startRouseDev([{ name: 'sleeps' }]);
  try {
    const operatorPort = Number(new URL(dev.operator.url).port);
    const { workload } = hands(() => dev);
    const json = { 'content-type': 'application/json' };
    const send = (host: string, headers: Record<string, string>, method = 'POST') =>
      request(operatorPort, host, '/api/workloads/default/sleeps/wake', { method, headers, body: '{}' });
    const own = `localhost:${operatorPort}`;
    const statuses = [
      await send('rebound.evil.example', json),
      await send(`127.0.0.1.evil.example:${operatorPort}`, json),
      await send(own, { ...json, origin: 'http://evil.example' }),
      await send(own, { ...json, origin: 'null' }),
      await send(own, { ...json, origin: 'http://localhost:1' }),
      await send(own, { ...json, 'sec-fetch-site': 'cross-site' }),
      await send(own, { ...json, 'sec-fetch-site': 'same-site' }),
      await send(own, { 'content-type': 'text/plain' }),
      await send(own, { 'content-type': 'application/x-www-form-urlencoded' }),
      await send(own, {}),
    ].map(({ status }) => status);
    expect(statuses).toEqual([421, 421, 403, 403, 403, 403, 403, 415, 415, 415]);
    expect((await workload('sleeps')).desired ?? 0).toBe(0);
    const rebound = await request(operatorPort, 'rebound.evil.example', '/api/workloads');
    expect([rebound.status, rebound.body.includes('sleeps')]).toEqual([421, false]);
    expect((await send(own, json)).status).toBe(202);
  } finally {
    await dev.stop();
  }
});
