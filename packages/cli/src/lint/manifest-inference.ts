/** An InferenceService of a manifest as lint reads it. */
import { type InferenceService, readInferenceService } from '@rouse/contract';
import type { ManifestObject } from '@rouse/local';
import type { Place } from './finding.ts';

export interface ManifestInference {
  readonly namespace: string;
  readonly place: Place;
  readonly service: InferenceService;
}

export function readInference({ object, namespace, name, file, line }: ManifestObject): ManifestInference {
  return {
    namespace,
    place: { file, line, object: `InferenceService ${namespace}/${name}` },
    service: readInferenceService(object),
  };
}
