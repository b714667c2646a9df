import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { createApp } from './app.ts';
import { train } from './model.ts';

const folder = join(import.meta.dirname, '..');
const model = train(join(folder, 'data/iris.csv'));
const app = createApp(model);
const post = (body: string) =>
  app.request('/v1/models/custom-model:predict', {
    method: 'POST',
    body,
    headers: { 'Content-Type': 'application/json' },
  });

test('the model learns: nearly every row of its data is classified rightly', () => {
  expect(model.accuracy).toBeGreaterThan(0.95);
});

test('a prediction of input.json equals the offline prediction and costs at least 50 ms of CPU', async () => {
  const offline = execFileSync(process.execPath, ['src/offline.ts', 'input.json'], { cwd: folder, encoding: 'utf8' });
  await post(readFileSync(join(folder, 'input.json'), 'utf8'));
  const before = process.cpuUsage();
  const answer = await post(readFileSync(join(folder, 'input.json'), 'utf8'));
  const spent = process.cpuUsage(before);
  expect(await answer.json()).toEqual(JSON.parse(offline));
  expect((spent.user + spent.system) / 1000).toBeGreaterThan(50);
});

test('a body that is not four finite numbers a row is refused with what is needed', async () => {
  for (const body of ['', '{}', '{"instances": []}', '{"instances": [[1, 2, 3]]}', '{"instances": [["a", 1, 1, 1]]}']) {
    const answer = await post(body);
    expect(answer.status).toBe(400);
    expect(await answer.text()).toContain('four numbers');
  }
});
