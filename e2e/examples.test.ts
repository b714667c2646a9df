/** Every command of the examples' READMEs, run as it is written there. */
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { isFree } from './ports.ts';
import { type Run, run } from './processes.ts';
import { type RouseDev, startRouseDev } from './rouse-dev.ts';

const examples = join(import.meta.dirname, '../examples');
/** As `npm start` has them: proxy, admin, operator, API. */
const defaultPorts = [8080, 8081, 9090, 6440];
const folders = readdirSync(examples, { withFileTypes: true })
  .filter((entry) => entry.isDirectory())
  .map(({ name }) => name);

let dev: RouseDev;

beforeAll(async () => {
  // Where something else has them, the commands' ports are the only thing that is changed.
  const areFree = (await Promise.all(defaultPorts.map(isFree))).every(Boolean);
  dev = await startRouseDev([], [], { paths: [examples], ...(areFree ? { ports: defaultPorts } : {}) });
});
afterAll(() => dev?.stop());

/** Runs the `sh` blocks of a README in its folder, one after the other. */
async function runBlocks(folder: string): Promise<Run[]> {
  const readme = readFileSync(join(examples, folder, 'README.md'), 'utf8');
  const runs: Run[] = [];
  for (const [, block] of readme.matchAll(/^```sh\n(.*?)^```$/gms)) {
    const command = block!
      .replaceAll('localhost:8080', `localhost:${dev.port}`)
      .replaceAll('localhost:9090', `localhost:${dev.operatorPort}`);
    const env = { ROUSE_OPERATOR: `http://127.0.0.1:${dev.operatorPort}` };
    const ended = await run('sh', ['-ec', command], env, { cwd: join(examples, folder), timeoutMs: 100_000 });
    expect(ended.code, `${command}\n${ended.stdout}${ended.stderr}`).toBe(0);
    runs.push(ended);
  }
  return runs;
}

test.each(folders)('the commands of examples/%s/README.md work as written', async (folder) => {
  const runs = await runBlocks(folder);
  expect(runs.length).toBeGreaterThan(0);
  const statuses = runs.flatMap(({ stdout }) => stdout.split('\n')).filter((line) => /^\d{3}$/.test(line));
  expect(statuses.filter((status) => status !== '200')).toEqual([]);
  if (folder === 'inference') {
    const [online, offline] = runs.map(({ stdout }) => stdout);
    expect(JSON.parse(online!).predictions).toHaveLength(2);
    expect(JSON.parse(online!)).toEqual(JSON.parse(offline!));
    expect(statuses).toHaveLength(50);
  }
});
