import { chmod, mkdir, realpath, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import type { Container } from './pod.ts';
import { type NodeUnderTest, realClock, startNode } from './testing/node-under-test.ts';
import { until } from './testing/until.ts';

let node: NodeUnderTest;
let devCommand: string | undefined;
beforeEach(async () => {
  devCommand = undefined;
  process.env.ROUSE_TEST_SECRET = 'of the parent';
  node = await startNode(realClock, { commandFor: () => devCommand });
});
afterEach(async () => {
  delete process.env.ROUSE_TEST_SECRET;
  await node.close();
});

function run(container: Partial<Container>, annotations?: Readonly<Record<string, string>>): void {
  node.api.create('app', { containers: [{ name: 'main', ...container }] }, annotations);
}

const waiting = async (reason: string) => {
  const pod = await node.podWhen('app', reason, (_pod, status) => status.state.waiting?.reason === reason);
  return pod.status!.containerStatuses![0]!;
};

test('command and args are joined and expanded, and no variable of ours leaks into the process', async () => {
  const script = 'for a in "$@"; do echo "arg $a"; done; env; echo end; sleep 60';
  const command = ['/bin/sh', '-c', script, 'name'];
  run({ command, args: ['$(PORT)', 'a b', '$(HOME)', '$$(PORT)'], ports: [{ containerPort: 4242 }] });
  await node.lineWhen((line) => line === '[app] end');
  expect(node.lines).toEqual(
    expect.arrayContaining(['arg 4242', 'arg a b', 'arg $(HOME)', 'arg $(PORT)'].map((each) => `[app] ${each}`)),
  );
  const names = node.lines
    .filter((line) => line.includes('='))
    .map((line) => line.slice('[app] '.length).split('=')[0]);
  const allowed = [
    'PATH',
    'HOME',
    'TMPDIR',
    'LANG',
    'PORT',
    'HOST',
    'POD_IP',
    'PWD',
    'OLDPWD',
    'SHLVL',
    '_',
    'ROUSE_CONTAINER',
  ];
  expect(names.filter((name) => !allowed.includes(name!))).toEqual([]);
});

test('it runs in the folder of its manifest, and a relative workingDir starts from there', async () => {
  await mkdir(join(node.folder, 'app'));
  await writeFile(join(node.folder, 'app', 'serve'), '#!/bin/sh\necho "in $(pwd)"; exec sleep 60\n');
  await chmod(join(node.folder, 'app', 'serve'), 0o755);
  node.api.create('above', { containers: [{ name: 'main', command: ['./app/serve'] }] });
  node.api.create('below', { containers: [{ name: 'main', command: ['./serve'], workingDir: 'app' }] });
  node.api.create('absolute', {
    containers: [{ name: 'main', command: ['sh', '-c', 'echo "in $(pwd)"; sleep 60'], workingDir: '/' }],
  });
  const folder = await realpath(node.folder);
  await node.lineWhen((line) => line === `[above] in ${folder}`);
  await node.lineWhen((line) => line === `[below] in ${join(folder, 'app')}`);
  await node.lineWhen((line) => line === '[absolute] in /');
});

test('a manifest without a command is told once what to add: as waiting state, Event and callback', async () => {
  run({});
  const { state } = await waiting('CreateContainerConfigError');
  expect(state.waiting?.message).toContain('rouse.dev/dev-command');
  expect(state.waiting?.message).toContain('"main" has no command');
  const told = await until('the Event', () => node.api.events().find((each) => each.reason === 'Failed'));
  expect(told).toMatchObject({ type: 'Warning', message: `Error: ${state.waiting?.message}` });
  expect(node.problems).toEqual([
    expect.objectContaining({
      key: 'spec.template.spec.containers[0].command',
      fix: expect.stringContaining('rouse.dev/dev-command'),
    }),
  ]);
  // The annotation is added while it waits: the next attempt finds it.
  devCommand = 'echo found; sleep 60';
  await node.podWhen('app', 'running', (_pod, status) => status.ready);
  expect(node.problems).toHaveLength(1);
});

test('the dev-command runs as the group leader itself, with the args of the manifest', async () => {
  run(
    { args: ['one two', '$(POD_IP)'] },
    { 'rouse.dev/dev-command': `sh -c 'for a in "$@"; do echo "$a"; done; exec sleep 60' x` },
  );
  await node.lineWhen((line) => line === '[app] one two');
  await node.lineWhen((line) => line === '[app] 127.0.0.1');
});

test('the command of the manifest wins over the dev-command', async () => {
  run({ command: ['sh', '-c', 'echo manifest; sleep 60'] }, { 'rouse.dev/dev-command': 'echo annotation' });
  await node.lineWhen((line) => line === '[app] manifest');
});

test('a dev-command of several commands runs them all, and waits for the one under way at SIGTERM', async () => {
  const last = `node -e "process.on('SIGTERM', () => { console.log('drained'); process.exit(); }); setInterval(() => {}, 1000); console.log('up')"`;
  const line = `echo built && ${last.replace('node', `'${process.execPath}'`)}`;
  run({}, { 'rouse.dev/dev-command': line });
  await node.lineWhen((each) => each === '[app] built');
  await node.lineWhen((each) => each === '[app] up');
  node.api.delete('app');
  await until('gone', () => node.api.pod('app') === undefined);
  expect(node.lines).toContain('[app] drained');
});

test.each([
  ['no-such-program', 'executable file not found in $PATH'],
  ['/no/such/program', 'no such file or directory'],
  ['./no-such-program', 'no such file or directory'],
])("%s: RunContainerError with runc's words", async (command, fault) => {
  run({ command: [command] });
  const status = await waiting('RunContainerError');
  const message = `unable to start container process: exec: ${JSON.stringify(command)}: ${fault}`;
  expect(status).toMatchObject({
    state: { waiting: { message } },
    lastState: { terminated: { exitCode: 128, reason: 'StartError', message } },
    restartCount: 0,
    ready: false,
  });
});

test('a file that is not executable, a folder, and a missing workingDir are told', async () => {
  await writeFile(join(node.folder, 'plain'), 'text');
  await mkdir(join(node.folder, 'folder'));
  node.api.create('plain', { containers: [{ name: 'main', command: ['./plain'] }] });
  node.api.create('folder', { containers: [{ name: 'main', command: ['./folder'] }] });
  node.api.create('cwd', { containers: [{ name: 'main', command: ['sh'], workingDir: 'nowhere' }] });
  for (const [name, fault] of [
    ['plain', 'permission denied'],
    ['folder', 'is a directory'],
    ['cwd', 'chdir to cwd'],
  ] as const) {
    await node.podWhen(name, fault, (_pod, { state }) => state.waiting?.message?.includes(fault) === true);
  }
});

test('a missing Secret keeps it waiting until it is there', async () => {
  const valueFrom = { secretKeyRef: { name: 'late', key: 'k' } };
  run({ command: ['sh', '-c', 'echo "got $X"; sleep 60'], env: [{ name: 'X', valueFrom }] });
  const { state } = await waiting('CreateContainerConfigError');
  expect(state.waiting?.message).toBe('secret "late" not found');
  node.api.objects.set('secrets/late', { data: { k: Buffer.from('it').toString('base64') } });
  await node.lineWhen((line) => line === '[app] got it');
});

test('a variable whose name no shell could hold reaches the process', async () => {
  const print = `const e = process.env; console.log('odd ' + e['a.b-c']); setInterval(() => {}, 1000)`;
  run({ command: [process.execPath, '-e', print], env: [{ name: 'a.b-c', value: 'x' }] });
  await node.lineWhen((line) => line === '[app] odd x');
});

test('a script without a shebang is run by the shell, as execvp does', async () => {
  await writeFile(join(node.folder, 'script'), 'echo plain script; exec sleep 60\n');
  await chmod(join(node.folder, 'script'), 0o755);
  run({ command: ['./script'] });
  await node.lineWhen((line) => line === '[app] plain script');
});
