/** What is wrong with one thing, on `rouse dev` and with its manifests and flags. */
import { symlinkSync, writeFileSync } from 'node:fs';
import net from 'node:net';
import { join } from 'node:path';
import { until } from '@rouse/contract/testing';
import { expect, test } from 'vitest';
import { errorCases } from './cases/errors.ts';
import { devSuite } from './dev-suite.ts';
import { freePorts } from './ports.ts';
import { run } from './processes.ts';
import { rouseCommand } from './rouse-dev.ts';

const dev = devSuite();

errorCases(dev);

// Only `rouse dev` has a terminal, manifests of its own, and ports of this machine.

test('what a failing app printed is shown', () => {
  expect(dev().lines.some((line) => line.includes('exits-') && line.includes('exiting as told'))).toBe(true);
});

test('YAML that cannot be parsed is told with file and line', async () => {
  writeFileSync(join(dev().folder, 'broken.yaml'), 'apiVersion: apps/v1\nkind: Deployment\nmetadata: {name: [\n');
  await until(() => dev().lines.find((line) => line.includes('broken.yaml')), 'the problem to be told');
  expect(dev().lines.find((line) => line.includes('broken.yaml'))).toMatch(/problem:.*broken\.yaml:4: .*YAML/);
});

test('a manifest that cannot be read is told with its name', async () => {
  // A link to itself: unreadable for root too.
  symlinkSync('endless.yaml', join(dev().folder, 'endless.yaml'));
  await until(() => dev().lines.find((line) => line.includes('endless.yaml')), 'the problem to be told');
  expect(dev().lines.find((line) => line.includes('endless.yaml'))).toMatch(/problem:.*endless\.yaml/);
});

test('a taken port ends rouse dev at once with one line that names flag and port', async () => {
  const taken = net.createServer();
  await new Promise<void>((resolve) => taken.listen(0, '127.0.0.1', resolve));
  const { port } = taken.address() as net.AddressInfo;
  try {
    const [admin, operator, api] = await freePorts(3);
    const flags = ['--port', port, '--admin-port', admin, '--operator-port', operator, '--api-port', api].map(String);
    const { code, stderr } = await run(process.execPath, [rouseCommand, 'dev', dev().folder, ...flags]);
    expect(code).toBe(2);
    expect(stderr).toContain(`--port: "${port}" is not accepted`);
  } finally {
    taken.close();
  }
});

test('a path that is not there ends rouse dev with its name', async () => {
  const { code, stderr } = await run(process.execPath, [rouseCommand, 'dev', join(dev().folder, 'nowhere')]);
  expect(code).toBe(2);
  expect(stderr).toContain('nowhere');
});
