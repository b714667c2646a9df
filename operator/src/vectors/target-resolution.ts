/** Section `target_resolution`: the target per pod from annotations, container concurrency and cluster defaults. */
import { parseSettings, resolveTarget } from '@rouse/contract';
import { clusterConfigOf } from './cluster-config-of.ts';
import { objectOf } from './json-value.ts';
import { compareFields, type Section } from './section.ts';

export const targetResolution: Section = {
  name: 'target_resolution',
  lists: ['cases'],
  run(vector, _list, section) {
    const config = clusterConfigOf(objectOf(section.config_defaults_in_test), objectOf(vector.config));
    const annotations = new Map(
      Object.entries(objectOf(vector.annotations)).map(([key, value]) => [key, String(value)]),
    );
    annotations.set('autoscaling.knative.dev/metric', String(vector.metric ?? 'concurrency'));
    annotations.set('rouse.dev/container-concurrency', String(vector.container_concurrency ?? 0));
    const { target, total } = resolveTarget(parseSettings(annotations, config).settings, config);
    return compareFields(objectOf(vector.expected), { target, total }, ['target', 'total']);
  },
};
