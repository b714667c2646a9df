import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { until } from '@rouse/contract/testing';
import { afterEach, expect, test } from 'vitest';
import { isAlive, type RouseDevProcess, runCurlLine, startRouseDev } from '../testing/rouse-dev-process.ts';

let dev: RouseDevProcess;
afterEach(() => dev.remove());

const start = (...flags: string[]) =>
  startRouseDev(
    (given) => {
      given.writeManifest('one.yaml', 'one');
      given.writeManifest('two.yaml', 'two');
    },
    ...flags,
  );
const curlOf = (name: string) => new RegExp(`curl .*Host: ${name}\\.`);

function pidOf(title: string): number | undefined {
  return dev.descendants().find(({ command }) => command.startsWith(title))?.pid;
}

test('within 3 s it greets with commands that work; a request starts a pod, which gets no token; Ctrl-C leaves nothing', async () => {
  const startedMs = performance.now();
  dev = start();
  const curl = await dev.line(curlOf('one'));
  expect(performance.now() - startedMs).toBeLessThan(3_000);
  await dev.line(/^page {5}http:\/\/127\.0\.0\.1:\d+\/$/);
  expect(dev.lines.find((line) => line.startsWith('two'))).toMatch(
    /^two +asleep +two\.default\.example\.com +70 at once per pod$/,
  );

  const { status, body } = await runCurlLine(curl);
  expect(status).toBe(200);
  const { variables } = JSON.parse(body) as { variables: string[] };
  expect(variables).toContain('PORT');
  expect(variables.filter((name) => /token/i.test(name))).toEqual([]);
  await dev.line(/^one 0→1 {2}woken by .*GET \/ok {2}patched \d+ ms · started \d+ · port \d+ · first byte \d+$/);

  const all = dev.descendants();
  expect(all.map(({ command }) => command).join('\n')).toMatch(/rouse-operator/);
  dev.child.kill('SIGINT');
  expect(await dev.exited).toEqual([0, null]);
  expect(all.filter(({ pid }) => isAlive(pid))).toEqual([]);
}, 40_000);

test('killed hard, it leaves no pod, no proxy and no operator', async () => {
  dev = start('--proxies', '2');
  await dev.line(/^proxies {2}http:\/\/localhost:\d+ http:\/\/localhost:\d+$/);
  await runCurlLine(await dev.line(curlOf('one')));
  const all = dev.descendants();
  expect(all.filter(({ command }) => command.startsWith('rouse-proxy'))).toHaveLength(2);
  dev.child.kill('SIGKILL');
  await until(() => all.every(({ pid }) => !isAlive(pid)), 'the end of all processes', 15_000);
}, 40_000);

test('a killed operator leads again at once, a killed proxy serves again, and the pod goes on', async () => {
  dev = start();
  const [one, two] = [await dev.line(curlOf('one')), await dev.line(curlOf('two'))];
  const before = JSON.parse((await runCurlLine(one)).body) as { pid: number };
  process.kill(pidOf('rouse-operator')!, 'SIGKILL');
  await dev.line(/^operator ended \(SIGKILL\), starting it again$/);
  const killedMs = performance.now();
  expect((await runCurlLine(two)).status).toBe(200);
  // Waiting for the Lease of the dead one to expire would take 15 s.
  expect(performance.now() - killedMs).toBeLessThan(8_000);

  process.kill(pidOf('rouse-proxy')!, 'SIGKILL');
  await dev.line(/^proxy ended \(SIGKILL\), starting it again$/);
  const answered = await until(() => runCurlLine(one).catch(() => undefined));
  expect(answered.status).toBe(200);
  expect((JSON.parse(answered.body) as { pid: number }).pid).toBe(before.pid);
}, 40_000);

test('a broken manifest is told and the others run; a workload that is added later is shown with its command', async () => {
  dev = startRouseDev(({ folder, writeManifest }) => {
    writeManifest('one.yaml', 'one');
    writeFileSync(join(folder, 'broken.yaml'), 'kind: [Deployment\n');
  });
  expect(await dev.line(/^problem: .*broken\.yaml:\d+/)).toContain('Mend the YAML');
  await dev.line(curlOf('one'));
  dev.writeManifest('broken.yaml', 'two');
  expect((await runCurlLine(await dev.line(curlOf('two')))).status).toBe(200);
}, 40_000);

test('an app that exits at once is told as a workload whose pods cannot start, and answered with 503', async () => {
  dev = startRouseDev(({ writeManifest }) => writeManifest('one.yaml', 'one', ['sh', '-c', 'exit 3']));
  const answer = runCurlLine(await dev.line(curlOf('one')));
  expect(await dev.line(/^one: its pods cannot start: /)).toContain('exited with 3');
  expect((await answer).status).toBe(503);
}, 60_000);

/** Answers a probe at once, and a request that came through the proxy late. */
const lateApp = (afterMs: number) => `require('node:http').createServer((request, response) => {
  if (!request.headers.via) return response.end();
  console.log('got a request');
  setTimeout(() => response.end(), ${afterMs});
}).listen(process.env.PORT, process.env.HOST);`;

test('Ctrl-C that arrives twice at once, as under npm, lets requests end', async () => {
  dev = startRouseDev(({ writeManifest }) => {
    writeManifest('slow.yaml', 'slow', [process.execPath, '-e', lateApp(800)]);
  });
  const slow = runCurlLine(await dev.line(curlOf('slow')));
  await dev.line(/\] got a request$/);
  dev.child.kill('SIGINT');
  await dev.line(/^stopping/);
  dev.child.kill('SIGINT');
  expect((await slow).status).toBe(200);
  expect(await dev.exited).toEqual([0, null]);
}, 40_000);

test('a second Ctrl-C ends all at once', async () => {
  dev = startRouseDev(({ writeManifest }) => {
    writeManifest('stuck.yaml', 'stuck', [process.execPath, '-e', lateApp(60_000)]);
  });
  const stuck = runCurlLine(await dev.line(curlOf('stuck'))).catch((error: Error) => error);
  await dev.line(/\] got a request$/);
  const all = dev.descendants();
  dev.child.kill('SIGINT');
  await dev.line(/^stopping/);
  // The first half second counts as the same key.
  await until(() => {
    dev.child.kill('SIGINT');
    return dev.child.exitCode !== null;
  });
  expect(await dev.exited).toEqual([130, null]);
  expect(await stuck).toBeInstanceOf(Error);
  await until(() => all.every(({ pid }) => !isAlive(pid)));
}, 40_000);
