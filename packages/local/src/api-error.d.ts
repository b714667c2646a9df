/** Refusals of the API as values, each carrying the `Status` object upstream would answer. */
import { type ResourceKind } from './kinds.ts';
export interface Cause {
  readonly reason: string;
  readonly message: string;
  readonly field: string;
}
export interface Status {
  readonly kind: 'Status';
  readonly apiVersion: 'v1';
  readonly metadata: Record<string, never>;
  readonly status: 'Success' | 'Failure';
  readonly message?: string;
  readonly reason?: string;
  readonly details?: {
    readonly name?: string;
    readonly group?: string;
    readonly kind?: string;
    readonly uid?: string;
    readonly causes?: readonly Cause[];
    readonly retryAfterSeconds?: number;
  };
  readonly code?: number;
}
/** An expected refusal; returned, never thrown. */
export declare class ApiError {
  readonly status: Status;
  readonly code: number;
  constructor(code: number, reason: string, message: string, details?: Status['details']);
}
export declare function notFound(kind: ResourceKind, name: string): ApiError;
/** For paths and resources that do not exist at all. */
export declare function unknownPath(): ApiError;
export declare function alreadyExists(kind: ResourceKind, name: string): ApiError;
export declare function conflict(kind: ResourceKind, name: string, why?: string): ApiError;
export declare function badRequest(message: string): ApiError;
export declare function forbidden(message: string): ApiError;
export declare function methodNotAllowed(): ApiError;
export declare function unsupportedMediaType(accepted: readonly string[]): ApiError;
/** A list or watch from a version the history no longer holds: start again with a fresh list. */
export declare function expired(message: string): ApiError;
/** A JSON patch that cannot be applied, a failed `test` above all; upstream hides the operation's own message. */
export declare function unprocessablePatch(): ApiError;
/** Validation failed; one cause per field. */
export declare function invalid(kind: ResourceKind | string, name: string, causes: readonly Cause[]): ApiError;
export declare function invalidValue(field: string, value: unknown, why: string): Cause;
export declare function requiredValue(field: string, why?: string): Cause;
