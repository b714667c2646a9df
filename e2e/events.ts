/** Events that Rouse wrote about a Deployment, as `kubectl describe` shows them. */
import { until } from '@rouse/contract/testing';
import type { Kube, KubeObject } from '@rouse/kube';
import { kubeObjects } from './kube-objects.ts';

export interface ToldEvent extends KubeObject {
  readonly type: 'Normal' | 'Warning';
  readonly reason: string;
  readonly message: string;
  readonly count?: number;
}

export interface ToldEvents {
  /** All so far, of this reason where one is given. */
  about(deployment: string, reason?: string): Promise<readonly ToldEvent[]>;
  /** Waits for the first one that says `words`. */
  told(deployment: string, reason: string, words: string | RegExp, deadlineMs?: number): Promise<ToldEvent>;
}

/** Events come seconds late. */
const LOOK_MS = 50;

export function toldEvents(place: () => { readonly kube: Kube }): ToldEvents {
  const about: ToldEvents['about'] = async (deployment, reason) => {
    const fieldSelector = `involvedObject.kind=Deployment,involvedObject.name=${deployment}`;
    const all = await kubeObjects(place().kube).list<ToldEvent>('/api/v1/namespaces/default/events', { fieldSelector });
    return all.filter((each) => (reason === undefined ? each.reason.startsWith('Rouse') : each.reason === reason));
  };
  return {
    about,
    told: (deployment, reason, words, deadlineMs = 30_000) =>
      until(
        async () => (await about(deployment, reason)).find(({ message }) => message.search(words) >= 0),
        `${reason} of ${deployment}: ${words}`,
        deadlineMs,
        LOOK_MS,
      ),
  };
}
