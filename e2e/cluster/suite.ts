/** One cluster for a test file, with Rouse on it where that is asked for; its logs are kept where a test failed. */
import { afterAll, afterEach, beforeAll } from 'vitest';
import type { System } from '../system.ts';
import { type Cluster, type ClusterOptions, startCluster } from './cluster.ts';
import { clusterSystem } from './cluster-system.ts';
import { type InstalledRouse, installRouse } from './installed-rouse.ts';
import type { InstallOptions } from './rouse-manifests.ts';

export interface SuiteOptions extends ClusterOptions {
  readonly rouse?: InstallOptions;
}

/** Getters: there is nothing before the first test begins. */
export interface Suite {
  cluster(): Cluster;
  rouse(): InstalledRouse;
  /** Both together, for cases that run on `rouse dev` too. */
  system(): System;
}

/** Starts it before the first test of the file and ends it after the last one. */
export function clusterSuite({ rouse: rouseOptions, ...options }: SuiteOptions = {}): Suite {
  let cluster: Cluster | undefined;
  let rouse: InstalledRouse | undefined;
  let failed = true;
  beforeAll(async () => {
    cluster = await startCluster(options);
    if (rouseOptions !== undefined) rouse = await installRouse(cluster, rouseOptions);
    failed = false;
  });
  afterEach(({ task }) => {
    failed ||= task.result?.state === 'fail';
  });
  afterAll(async () => {
    rouse?.stop();
    await cluster?.stop(failed);
  });
  return { cluster: () => cluster!, rouse: () => rouse!, system: () => clusterSystem(cluster!, rouse!) };
}
