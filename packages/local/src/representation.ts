/** What a client asked to be shown: the object as it is, its metadata alone, or a table; read from the Accept header. */
import type { KubeObject } from './objects.ts';

export type Representation = 'object' | 'table' | 'metadata';

/** The first form in the Accept header that this server has; null when it has none of them. */
export function chooseRepresentation(accept: string | undefined): Representation | null {
  if (accept === undefined || accept.trim() === '') return 'object';
  for (const range of accept.split(',')) {
    const [type = '', ...parameters] = range.split(';').map((part) => part.trim());
    if (!['application/json', 'application/*', '*/*'].includes(type)) continue;
    const wanted = new Map(parameters.map((parameter) => [parameter.split('=')[0], parameter.split('=')[1]] as const));
    const as = wanted.get('as');
    if (as === undefined) return 'object';
    if (wanted.get('g') !== 'meta.k8s.io' || !['v1', 'v1beta1'].includes(wanted.get('v') ?? '')) continue;
    if (as === 'Table') return 'table';
    if (as === 'PartialObjectMetadata' || as === 'PartialObjectMetadataList') return 'metadata';
  }
  return null;
}

export function partialMetadata(object: KubeObject): KubeObject {
  return { kind: 'PartialObjectMetadata', apiVersion: 'meta.k8s.io/v1', metadata: object.metadata };
}
