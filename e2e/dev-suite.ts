/** One `rouse dev` for a test file. */
import { afterAll, beforeAll } from 'vitest';
import type { AppSpec } from './app/app-deployment.ts';
import { type RouseDev, type RouseDevOptions, startRouseDev } from './rouse-dev.ts';

export interface DevSuiteOptions extends RouseDevOptions {
  readonly apps?: readonly AppSpec[];
  readonly flags?: readonly string[];
}

/** Starts it before the first test of the file and ends it after the last one; there is nothing before. */
export function devSuite({ apps = [], flags = [], ...options }: DevSuiteOptions = {}): () => RouseDev {
  let dev: RouseDev | undefined;
  beforeAll(async () => {
    dev = await startRouseDev(apps, flags, options);
  });
  afterAll(() => dev?.stop());
  return () => dev!;
}
