/** Refusals of the API as values, each carrying the `Status` object upstream would answer. */
import { qualifiedKind, qualifiedResource, type ResourceKind } from './kinds.ts';

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
export class ApiError {
  readonly status: Status;
  readonly code: number;

  constructor(code: number, reason: string, message: string, details?: Status['details']) {
    this.code = code;
    this.status = {
      kind: 'Status',
      apiVersion: 'v1',
      metadata: {},
      status: 'Failure',
      message,
      reason,
      ...(details ? { details } : {}),
      code,
    };
  }
}

function details(kind: ResourceKind, name: string): NonNullable<Status['details']> {
  return { name, ...(kind.group ? { group: kind.group } : {}), kind: kind.resource };
}

export function notFound(kind: ResourceKind, name: string): ApiError {
  return new ApiError(404, 'NotFound', `${qualifiedResource(kind)} "${name}" not found`, details(kind, name));
}

/** For paths and resources that do not exist at all. */
export function unknownPath(): ApiError {
  return new ApiError(404, 'NotFound', 'the server could not find the requested resource', {});
}

export function alreadyExists(kind: ResourceKind, name: string): ApiError {
  return new ApiError(409, 'AlreadyExists', `${qualifiedResource(kind)} "${name}" already exists`, details(kind, name));
}

export function conflict(
  kind: ResourceKind,
  name: string,
  why = 'the object has been modified; please apply your changes to the latest version and try again',
): ApiError {
  const message = `Operation cannot be fulfilled on ${qualifiedResource(kind)} "${name}": ${why}`;
  return new ApiError(409, 'Conflict', message, details(kind, name));
}

export function badRequest(message: string): ApiError {
  return new ApiError(400, 'BadRequest', message);
}

export function forbidden(message: string): ApiError {
  return new ApiError(403, 'Forbidden', message);
}

export function methodNotAllowed(): ApiError {
  return new ApiError(405, 'MethodNotAllowed', 'the server does not allow this method on the requested resource', {});
}

export function unsupportedMediaType(accepted: readonly string[]): ApiError {
  const message = `the body of the request was in an unknown format - accepted media types include: ${accepted.join(', ')}`;
  return new ApiError(415, 'UnsupportedMediaType', message);
}

/** A list or watch from a version the history no longer holds: start again with a fresh list. */
export function expired(message: string): ApiError {
  return new ApiError(410, 'Expired', message);
}

/** A JSON patch that cannot be applied, a failed `test` above all; upstream hides the operation's own message. */
export function unprocessablePatch(): ApiError {
  return new ApiError(422, 'Invalid', 'the server rejected our request due to an error in our request', {});
}

/** Validation failed; one cause per field. */
export function invalid(kind: ResourceKind | string, name: string, causes: readonly Cause[]): ApiError {
  const label = typeof kind === 'string' ? kind : qualifiedKind(kind);
  const told = causes.map((cause) => `${cause.field}: ${cause.message}`);
  const message = `${label} "${name}" is invalid: ${told.length === 1 ? told[0] : `[${told.join(', ')}]`}`;
  const [kindName, ...group] = label.split('.');
  return new ApiError(422, 'Invalid', message, {
    name,
    ...(group.length > 0 ? { group: group.join('.') } : {}),
    ...(kindName ? { kind: kindName } : {}),
    causes,
  });
}

export function invalidValue(field: string, value: unknown, why: string): Cause {
  return { reason: 'FieldValueInvalid', message: `Invalid value: ${JSON.stringify(value)}: ${why}`, field };
}

export function requiredValue(field: string, why = ''): Cause {
  return { reason: 'FieldValueRequired', message: `Required value${why ? `: ${why}` : ''}`, field };
}
