/** Requests to the API as its audit log has them: who asked for what, when, and what became of it. */
import { readFileSync } from 'node:fs';
import { auditLog, type ControlPlane } from './control-plane.ts';

export interface ApiRequest {
  readonly user: string;
  readonly verb: string;
  readonly resource: string;
  readonly subresource: string;
  readonly namespace: string;
  readonly name: string;
  /** Of the pod whose token it was; empty for others. */
  readonly pod: string;
  /** Names that token. */
  readonly credential: string;
  /** HTTP status. */
  readonly status: number;
  /** Unix ms with parts of it: when the API server got the request, and when it had answered it. */
  readonly receivedMs: number;
  readonly answeredMs: number;
  /** What was sent, of writes to the status of pods and ReplicaSets. */
  readonly body: unknown;
}

interface AuditEvent {
  readonly stage: string;
  readonly verb: string;
  readonly user: { readonly username: string; readonly extra?: Readonly<Record<string, readonly string[]>> };
  readonly objectRef?: {
    readonly resource?: string;
    readonly subresource?: string;
    readonly namespace?: string;
    readonly name?: string;
  };
  readonly responseStatus?: { readonly code?: number };
  readonly requestObject?: unknown;
  readonly requestReceivedTimestamp: string;
  readonly stageTimestamp: string;
}

export const OPERATOR_USER = 'system:serviceaccount:rouse-system:rouse-operator';
const WRITES = new Set(['create', 'update', 'patch', 'delete']);

/** Everybody's writes so far, in the order they were answered. */
export function apiWrites(plane: ControlPlane): ApiRequest[] {
  return auditEvents(plane)
    .filter(({ verb }) => WRITES.has(verb))
    .map(requestOf);
}

/** All requests of the operator so far, reads too; a watch counts once, when it begins. */
export function operatorRequests(plane: ControlPlane): ApiRequest[] {
  return auditEvents(plane)
    .filter(({ user, verb, stage }) => user.username === OPERATOR_USER && isFirst(verb, stage))
    .map(requestOf);
}

/** Watches are told twice, when they begin and when they end. */
function isFirst(verb: string, stage: string): boolean {
  return verb !== 'watch' || stage === 'ResponseStarted';
}

function auditEvents(plane: ControlPlane): AuditEvent[] {
  const lines = readFileSync(auditLog(plane.folder), 'utf8').split('\n').slice(0, -1);
  return lines.map((line) => JSON.parse(line) as AuditEvent);
}

function requestOf(event: AuditEvent): ApiRequest {
  const told = (about: string): string => event.user.extra?.[`authentication.kubernetes.io/${about}`]?.[0] ?? '';
  return {
    user: event.user.username,
    verb: event.verb,
    resource: event.objectRef?.resource ?? '',
    subresource: event.objectRef?.subresource ?? '',
    namespace: event.objectRef?.namespace ?? '',
    name: event.objectRef?.name ?? '',
    pod: told('pod-name'),
    credential: told('credential-id'),
    status: event.responseStatus?.code ?? 0,
    receivedMs: preciseMs(event.requestReceivedTimestamp),
    answeredMs: preciseMs(event.stageTimestamp),
    body: event.requestObject,
  };
}

/** `Date.parse` drops what is below a millisecond. */
function preciseMs(time: string): number {
  return Date.parse(time) + Number(/\.\d{3}(\d{3})Z$/.exec(time)?.[1] ?? 0) / 1000;
}
