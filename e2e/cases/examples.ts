/** Every command of the examples' READMEs, run as it is written there. */
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { commandEnv } from '../hands.ts';
import { type Run, run } from '../processes.ts';
import type { System } from '../system.ts';

export const examplesFolder = join(import.meta.dirname, '../../examples');
export const exampleNames = readdirSync(examplesFolder, { withFileTypes: true })
  .filter((entry) => entry.isDirectory())
  .map(({ name }) => name);

/** @param system with all examples on it */
export function exampleCases(system: () => System): void {
  /** Runs the `sh` blocks of a README in its folder, one after the other. */
  async function runBlocks(folder: string): Promise<Run[]> {
    const readme = readFileSync(join(examplesFolder, folder, 'README.md'), 'utf8');
    const runs: Run[] = [];
    for (const [, block] of readme.matchAll(/^```sh\n(.*?)^```$/gms)) {
      // Where the usual ports are taken, they are the only thing that is changed.
      const command = block!
        .replaceAll('localhost:8080', `localhost:${system().port}`)
        .replaceAll('http://localhost:9090', system().operator.url);
      const options = { cwd: join(examplesFolder, folder), timeoutMs: 100_000 };
      const ended = await run('sh', ['-ec', command], commandEnv(system()), options);
      expect(ended.code, `${command}\n${ended.stdout}${ended.stderr}`).toBe(0);
      runs.push(ended);
    }
    return runs;
  }

  test.each(exampleNames)('the commands of examples/%s/README.md work as written', async (folder) => {
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
}
