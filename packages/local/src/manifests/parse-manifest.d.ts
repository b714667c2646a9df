/** One manifest file's text as the Kubernetes objects in it, each with its line; what cannot be used is told. */
import type { Problem } from '@rouse/contract';
import { type JsonObject } from '../json.ts';
import { type ResourceKind } from '../kinds.ts';
export interface ManifestObject {
  readonly kind: ResourceKind;
  readonly namespace: string;
  readonly name: string;
  readonly object: JsonObject;
  readonly file: string;
  /** 1-based. */
  readonly line: number;
}
export interface ParsedManifest {
  readonly objects: readonly ManifestObject[];
  readonly problems: readonly Problem[];
  /** Kinds found that are not used here, e.g. `Ingress`. */
  readonly skippedKinds: readonly string[];
  /** True when the file as a whole cannot be trusted: what it held before stays in force. */
  readonly broken: boolean;
}
export declare function manifestProblem(
  file: string,
  line: number,
  value: string,
  allowed: string,
  fix: string,
): Problem;
export declare function parseManifest(file: string, text: string): ParsedManifest;
