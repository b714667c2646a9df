/** The promises that several cases share. */
import type { Target } from '../case.ts';

type Promise = Omit<Target, 'metric'>;

export function ofHaproxy(atMost: number): Promise {
  return { peer: 'rouse', against: 'haproxy', atMost };
}

/** As cheap as HAProxy where connections are kept alive; with public Node API alone a little less so. */
export const KEPT_ALIVE: readonly Promise[] = [
  ofHaproxy(1.15),
  { peer: 'rouse-data', against: 'haproxy', atMost: 1.35 },
];

export const OF_GO: Promise = { peer: 'rouse', against: 'go', atMost: 0.4 };
