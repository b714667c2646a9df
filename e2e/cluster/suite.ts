/** One cluster for a test file, with Rouse on it where that is asked for; its logs are kept where a test failed. */
import { afterAll, afterEach, beforeAll } from 'vitest';
import { type Cluster, type ClusterOptions, startCluster } from './cluster.ts';
import { type Rouse, type RouseOptions, startRouse } from './rouse.ts';

export interface SuiteOptions extends ClusterOptions {
  readonly rouse?: RouseOptions;
}

/** Getters: there is nothing before the first test begins. */
export interface Suite {
  cluster(): Cluster;
  rouse(): Rouse;
}

/** Starts it before the first test of the file and ends it after the last one. */
export function clusterSuite({ rouse: rouseOptions, ...options }: SuiteOptions = {}): Suite {
  let cluster: Cluster | undefined;
  let rouse: Rouse | undefined;
  let failed = true;
  beforeAll(async () => {
    cluster = await startCluster(options);
    if (rouseOptions !== undefined) rouse = await startRouse(cluster, rouseOptions);
    failed = false;
  });
  afterEach(({ task }) => {
    failed ||= task.result?.state === 'fail';
  });
  afterAll(async () => {
    await rouse?.stop();
    await cluster?.stop(failed);
  });
  return { cluster: () => cluster!, rouse: () => rouse! };
}
