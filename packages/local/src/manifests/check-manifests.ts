/** What the Kubernetes API would refuse of a set of manifests, found by creating them in one that nobody serves. */
import type { Clock, Problem } from '@rouse/contract';
import { createRegistry } from '../registry.ts';
import { createStore } from '../store.ts';
import { createManifestApplier } from './apply-manifests.ts';
import type { LoadedManifests } from './load-manifests.ts';

/** One problem for each object that is refused; its key is `file:line`. Nothing of it is kept. */
export function checkManifests(loaded: LoadedManifests, clock: Clock): readonly Problem[] {
  return createManifestApplier(createRegistry(createStore(clock), clock)).apply(loaded, false).problems;
}
