/** When a state of an object was first told by the API, as a watch hears it. */
import { systemClock } from '@rouse/daemon';
import { type KubeObject, reflect } from '@rouse/kube';
import type { Cluster } from './cluster.ts';

/** @param path a list's @returns ms of `performance.now()` at the first object that is so; never before this call */
export function firstSeen<T extends KubeObject>(
  { plane }: Cluster,
  path: string,
  isSo: (object: T) => boolean,
): Promise<number> {
  return new Promise((resolve) => {
    const reflector = reflect<T, T>({
      kube: plane.kube,
      path,
      clock: systemClock,
      project: (object) => object,
      key: ({ metadata }) => metadata.uid ?? metadata.name,
      onChange(_key, now) {
        if (now === undefined || !isSo(now)) return;
        resolve(performance.now());
        reflector.stop();
      },
    });
  });
}
