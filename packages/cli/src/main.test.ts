import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import net from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { main } from './main.ts';
import { type RecordedOutput, recordedOutput } from './testing/recorded-output.ts';

let output: RecordedOutput;
let folder: string;
beforeEach(() => {
  output = recordedOutput();
  folder = mkdtempSync(join(tmpdir(), 'rouse-main-'));
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

test('--help lists the five commands', async () => {
  expect(await main(['--help'], output)).toBe(0);
  const text = output.printed.join('\n');
  for (const command of ['dev <path...>', 'status', 'why', 'lint', 'uninstall'])
    expect(text).toContain(`\n  ${command}`);
  expect(output.complaints).toEqual([]);
});

test('dev --help lists every flag with range, default and variable', async () => {
  expect(await main(['dev', '--help'], output)).toBe(0);
  const text = output.printed.join(' ').replace(/\s+/g, ' ');
  for (const flag of ['port', 'admin-port', 'operator-port', 'api-port', 'proxies', 'domain']) {
    expect(text).toContain(`--${flag} <value>`);
  }
  expect(text).toContain('(an integer from 1 to 16; default: 1; env: ROUSE_PROXIES)');
});

test('--version prints the version', async () => {
  expect(await main(['--version'], output)).toBe(0);
  expect(output.printed).toEqual([expect.stringMatching(/^\d+\.\d+\.\d+/)]);
});

test('without a command the help is shown, and the exit code is 2', async () => {
  expect(await main([], output)).toBe(2);
  expect(output.complaints.join('\n')).toContain('Usage: rouse');
});

test.each([
  [['stauts'], /unknown command 'stauts'.*Did you mean status\?/],
  [['status', '--wach'], /unknown option '--wach'.*Did you mean --watch\?/],
  [['why'], /missing required argument 'name'/],
  [['why', 'x', '--last', '0'], /'0' is invalid. Allowed: an integer from 1 to 999999/],
  [['lint'], /missing required argument 'path'/],
  [['dev'], /PATH: .* Name at least one, e\.g\. rouse dev examples/],
  [['dev', '.', '--prot', '1'], /--prot.*Did you mean --port\?/],
  [['dev', '.', '--port', '99999'], /--port: "99999" is not accepted; allowed: an integer from 0 to 65535/],
])('rouse %j is refused with what to write instead, and exit code 2', async (argv, complaint) => {
  expect(await main(argv, output)).toBe(2);
  expect(output.complaints.join(' ')).toMatch(complaint);
  expect(output.printed).toEqual([]);
});

test('dev with paths that do not exist starts nothing and names each', async () => {
  const free = ['--port', '0', '--admin-port', '0', '--operator-port', '0', '--api-port', '0'];
  expect(await main(['dev', ...free, join(folder, 'a.yaml'), folder, join(folder, 'b')], output)).toBe(2);
  expect(output.complaints).toEqual([
    expect.stringContaining(`PATH: "${folder}/a.yaml" is not accepted`),
    expect.stringContaining(`PATH: "${folder}/b" is not accepted`),
  ]);
});

test('dev with a port in use starts nothing and names flag and port', async () => {
  const server = net.createServer();
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as net.AddressInfo;
  const free = ['--port', '0', '--admin-port', '0', '--operator-port', '0'];
  expect(await main(['dev', folder, ...free, '--api-port', String(port)], output)).toBe(2);
  expect(output.complaints).toEqual([expect.stringContaining(`--api-port: "${port}" is not accepted`)]);
  server.close();
});

test('lint passes its exit code on', async () => {
  writeFileSync(join(folder, 'a.yaml'), 'kind: [');
  expect(await main(['lint', folder], output)).toBe(1);
  expect(output.printed.at(-1)).toBe('No Deployment found: 1 problem');
});

test('status without an operator says so, and the exit code is 1', async () => {
  const server = net.createServer();
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as net.AddressInfo;
  await new Promise((resolve) => server.close(resolve));
  for (const argv of [['status'], ['why', 'hello']]) {
    expect(await main([...argv, '--operator', `http://127.0.0.1:${port}`], output)).toBe(1);
  }
  expect(output.complaints).toHaveLength(2);
  expect(output.complaints[1]).toContain(`no operator at http://127.0.0.1:${port}`);
});
