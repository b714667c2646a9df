import { type ChildProcess, spawn } from 'node:child_process';
import { createServer as createHttpServer, type ServerResponse } from 'node:http';
import { type AddressInfo, connect, createServer, type Socket } from 'node:net';
import { fileURLToPath } from 'node:url';
import { EPOCH_HEADER, GENERATION_HEADER } from '@rouse/contract';
import { afterEach, expect, test } from 'vitest';
import { entry, pod } from './path-fixture.ts';

const MAIN = fileURLToPath(new URL('./main.ts', import.meta.url));
const ends: (() => unknown)[] = [];

afterEach(async () => {
  for (const end of ends.splice(0).reverse()) await end();
});

interface Process {
  readonly child: ChildProcess;
  stdout: string;
  stderr: string;
  readonly exited: Promise<number | null>;
}

function run(args: readonly string[], env: NodeJS.ProcessEnv = {}): Process {
  const child = spawn(process.execPath, [MAIN, ...args], { env: { PATH: process.env.PATH, ...env } });
  ends.push(() => child.kill('SIGKILL'));
  const running: Process = {
    child,
    stdout: '',
    stderr: '',
    exited: new Promise((resolve) => child.once('close', (code) => resolve(code))),
  };
  child.stdout.on('data', (bytes: Buffer) => {
    running.stdout += bytes.toString();
  });
  child.stderr.on('data', (bytes: Buffer) => {
    running.stderr += bytes.toString();
  });
  return running;
}

/** A field of the log line with this message, once it is there. */
async function logged(running: Process, message: string, field: string): Promise<unknown> {
  const find = () =>
    running.stdout
      .split('\n')
      .filter((line) => line.startsWith('{'))
      .map((line) => JSON.parse(line) as Readonly<Record<string, unknown>>)
      .find(({ msg }) => msg === message);
  await expect.poll(find, { timeout: 10_000 }).toBeDefined();
  return find()![field];
}

const LOCAL = ['--host', '127.0.0.1', '--port', '0', '--admin-port', '0', '--allow-local-pods'];

test('SIGTERM lets running and held requests finish while new ones are told to go, then the process ends with 0', async () => {
  const running: ServerResponse[] = [];
  const app = createHttpServer((_request, response) => running.push(response));
  await new Promise<void>((resolve) => app.listen(0, '127.0.0.1', resolve));
  ends.push(() => app.close());
  const appPort = (app.address() as AddressInfo).port;

  const proxy = run([...LOCAL, '--shutdown-delay', '300ms'], { ROUSE_CONTROL_TOKEN: 'secret' });
  const adminPort = await logged(proxy, 'waiting for the first table', 'adminPort');
  let generation = 0;
  const put = async (pods: readonly ReturnType<typeof pod>[]) => {
    const response = await fetch(`http://127.0.0.1:${adminPort}/v1/workloads`, {
      method: 'PUT',
      headers: { authorization: 'Bearer secret', [EPOCH_HEADER]: '1', [GENERATION_HEADER]: String(++generation) },
      body: JSON.stringify({ workloads: [entry('web', pods)] }),
    });
    expect(response.status).toBe(200);
  };
  await put([]);
  const dataPort = Number(await logged(proxy, 'data port open', 'port'));

  const ask = async (): Promise<{ socket: Socket; text: () => string }> => {
    let text = '';
    const socket = connect(dataPort, '127.0.0.1');
    ends.push(() => socket.destroy());
    socket.on('error', () => {});
    socket.on('data', (bytes) => {
      text += bytes.toString('latin1');
    });
    socket.write('GET / HTTP/1.1\r\nHost: web\r\n\r\n');
    return { socket, text: () => text };
  };
  const held = await ask();
  const status = async () => (await fetch(`http://127.0.0.1:${adminPort}/readyz`)).status;
  expect(await status()).toBe(200);
  await expect
    .poll(async () => (await fetch(`http://127.0.0.1:${adminPort}/metrics`)).text())
    .toContain('rouse_proxy_requests_held{namespace="default",name="web"} 1');

  proxy.child.kill('SIGTERM');
  await expect.poll(status).toBe(503);
  const late = await ask();
  await put([pod('a', { address: '127.0.0.1', port: appPort })]);
  await expect.poll(() => connectError(dataPort), { timeout: 5000 }).toBe('ECONNREFUSED');
  await expect.poll(() => running.length).toBe(2);
  for (const response of running) response.end('done');
  for (const request of [held, late]) {
    await expect.poll(request.text).toMatch(/done$/);
    expect(request.text()).toMatch(/\r\nConnection: close\r\n/i);
  }
  expect(await proxy.exited).toBe(0);
}, 30_000);

async function connectError(port: number): Promise<string> {
  return new Promise((resolve) => {
    const socket = connect(port, '127.0.0.1');
    socket.once('connect', () => {
      socket.destroy();
      resolve('');
    });
    socket.once('error', (error) => resolve('code' in error ? String(error.code) : ''));
  });
}

test('a taken port ends the process at once, in one line that names the flag', async () => {
  const taken = createServer();
  await new Promise<void>((resolve) => taken.listen(0, '127.0.0.1', resolve));
  ends.push(() => taken.close());
  const { port } = taken.address() as AddressInfo;
  const proxy = run([...LOCAL, '--port', String(port)]);
  expect(await proxy.exited).toBe(2);
  expect(proxy.stderr).toMatch(new RegExp(`^--port: "${port}" is not accepted; allowed: .+\n$`));
}, 30_000);

test('a wrong flag ends the process at once, with range and fix', async () => {
  const proxy = run([...LOCAL, '--stale-after', 'soon', '--nonsense']);
  expect(await proxy.exited).toBe(2);
  expect(proxy.stderr).toMatch(/--stale-after: "soon" is not accepted/);
  expect(proxy.stderr).toMatch(/--nonsense/);
}, 30_000);

test('off loopback the control API wants a token', async () => {
  const proxy = run([...LOCAL, '--admin-host', '0.0.0.0']);
  expect(await proxy.exited).toBe(2);
  expect(proxy.stderr).toMatch(/--admin-host: "0.0.0.0" is not accepted.*ROUSE_CONTROL_TOKEN/);
}, 30_000);
