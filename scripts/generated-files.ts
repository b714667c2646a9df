/** Every file that is made from another source, and what it should hold. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { annotationsPage, errorsPage, flagsPage, metricsPage } from './reference-pages.ts';
import { admissionPolicy } from './render-admission-policy.ts';
import { chartSchema } from './render-chart-schema.ts';
import { renderedManifests } from './render-manifests.ts';

const POLICY = 'deploy/base/annotation-policy.yaml';
/** What the chart ships as it is: a chart cannot reach out of its folder. */
const CHART_FILES = 'deploy/chart/files';

/** Paths from the root, with forward slashes, and their texts. */
export function generatedFiles(root: string): ReadonlyMap<string, string> {
  const policy = admissionPolicy();
  const read = (path: string) => readFileSync(join(root, path), 'utf8');
  return new Map([
    ['docs/annotations.md', annotationsPage()],
    ['docs/flags.md', flagsPage()],
    ['docs/errors.md', errorsPage()],
    ['docs/metrics.md', metricsPage()],
    [POLICY, policy],
    ['deploy/rouse.yaml', renderedManifests(root, new Map([[POLICY, policy]]))],
    [`${CHART_FILES}/annotation-policy.yaml`, policy],
    [`${CHART_FILES}/alerts.yaml`, read('deploy/components/monitoring/alerts.yaml')],
    [`${CHART_FILES}/service-monitors.yaml`, read('deploy/components/monitoring/service-monitors.yaml')],
    [`${CHART_FILES}/pod-deletion-cost-policy.yaml`, read('deploy/components/pod-deletion-cost/policy.yaml')],
    ['deploy/chart/values.schema.json', chartSchema()],
  ]);
}
