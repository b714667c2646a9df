/** Requests on resources: get, list, create, update, patch and delete, on objects and their subresources. */
import type { Clock } from '@rouse/contract';
import { ApiError } from './api-error.ts';
import { type Patch } from './patch/apply-patch.ts';
import type { Registry } from './registry.ts';
import { type Representation } from './representation.ts';
import type { RequestTarget } from './request-target.ts';
import { type IncludeObject } from './table.ts';
export interface ResourceRequest {
  readonly method: string;
  readonly target: RequestTarget;
  readonly query: URLSearchParams;
  readonly representation: Representation;
  /** Parsed body of POST, PUT and DELETE; undefined when there was none. */
  readonly body: unknown;
  /** Set for PATCH. */
  readonly patch: Patch | null;
  /** From the User-Agent, where the query names no manager. */
  readonly agent: string;
}
export interface Answer {
  readonly code: number;
  readonly body: unknown;
}
export type ResourceHandler = (request: ResourceRequest) => Answer | ApiError;
export declare function includeObjectOf(query: URLSearchParams): IncludeObject;
export declare function createResourceHandler(registry: Registry, clock: Clock): ResourceHandler;
