import { defineConfig } from 'vitest/config';
import { BaseSequencer, type TestSpecification } from 'vitest/node';

/** It takes two minutes whatever runs beside it. */
const FIRST = 'soak.test.ts';

class LongestFirst extends BaseSequencer {
  override async sort(files: TestSpecification[]): Promise<TestSpecification[]> {
    const isFirst = ({ moduleId }: TestSpecification): boolean => moduleId.endsWith(`/${FIRST}`);
    const others = await super.sort(files.filter((file) => !isFirst(file)));
    return [...files.filter(isFirst), ...others];
  }
}

export default defineConfig({
  test: {
    include: ['**/*.test.ts'],
    exclude: ['cluster/**', '**/node_modules/**'],
    pool: 'forks',
    // They mostly wait: two cores are busy for three quarters of the time.
    maxWorkers: 3,
    maxConcurrency: 20,
    testTimeout: 120_000,
    hookTimeout: 60_000,
    sequence: { sequencer: LongestFirst },
  },
});
