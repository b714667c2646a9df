/** Everyday work with the real kubectl on `rouse dev`. */
import { until } from '@rouse/contract/testing';
import { describe, test } from 'vitest';
import { followKubectl, kubectl, kubectlCases } from './cases/kubectl.ts';
import { devSuite } from './dev-suite.ts';

const dev = devSuite();

kubectlCases(dev);

// A cluster has no greeting.
describe.skipIf(kubectl === undefined)('kubectl with rouse dev alone', () => {
  test('the command that rouse dev greets with works as printed', async () => {
    const line = await until(() => dev().lines.find((each) => /^kubectl +kubectl /.test(each)), 'the greeting');
    const [, ...args] = line.replace(/^kubectl +/, '').split(' ');
    const printed = followKubectl(...args);
    await until(() => printed.lines.some((each) => /^seen-\S+ +1\/1 +Running/.test(each)), 'a pod');
    await printed.stop();
  });
});
