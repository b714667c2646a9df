/** Writes to the API as its audit log has them: who wrote what, when, and what became of it. */
import { readFileSync } from 'node:fs';
import { auditLog, type ControlPlane } from './control-plane.ts';

export interface ApiWrite {
  readonly user: string;
  readonly verb: string;
  readonly resource: string;
  readonly subresource: string;
  readonly name: string;
  /** HTTP status. */
  readonly status: number;
  /** Unix ms with parts of it: when the API server got the request, and when it had answered it. */
  readonly receivedMs: number;
  readonly answeredMs: number;
}

interface AuditEvent {
  readonly verb: string;
  readonly user: { readonly username: string };
  readonly objectRef?: { readonly resource?: string; readonly subresource?: string; readonly name?: string };
  readonly responseStatus?: { readonly code?: number };
  readonly requestReceivedTimestamp: string;
  readonly stageTimestamp: string;
}

export const OPERATOR_USER = 'system:serviceaccount:rouse-system:rouse-operator';

/** All so far, in the order they were answered. */
export function apiWrites(plane: ControlPlane): ApiWrite[] {
  const lines = readFileSync(auditLog(plane.folder), 'utf8').split('\n').slice(0, -1);
  return lines.map((line) => {
    const event = JSON.parse(line) as AuditEvent;
    return {
      user: event.user.username,
      verb: event.verb,
      resource: event.objectRef?.resource ?? '',
      subresource: event.objectRef?.subresource ?? '',
      name: event.objectRef?.name ?? '',
      status: event.responseStatus?.code ?? 0,
      receivedMs: preciseMs(event.requestReceivedTimestamp),
      answeredMs: preciseMs(event.stageTimestamp),
    };
  });
}

/** `Date.parse` drops what is below a millisecond. */
function preciseMs(time: string): number {
  return Date.parse(time) + Number(/\.\d{3}(\d{3})Z$/.exec(time)?.[1] ?? 0) / 1000;
}
