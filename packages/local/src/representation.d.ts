/** What a client asked to be shown: the object as it is, its metadata alone, or a table; read from the Accept header. */
import type { KubeObject } from './objects.ts';
export type Representation = 'object' | 'table' | 'metadata';
/** The first form in the Accept header that this server has; null when it has none of them. */
export declare function chooseRepresentation(accept: string | undefined): Representation | null;
export declare function partialMetadata(object: KubeObject): KubeObject;
