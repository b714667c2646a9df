/** Whether the API refuses to create pods: for a reason that stays, not because it was busy. */
import type { RawCondition } from './api-shapes.ts';

export interface CreationRefused {
  readonly reason: string;
  readonly message: string;
}

/**
 * How the API words refusals, which the controllers pass on as they are: 403 (quota, Pod Security, policies, rights),
 * 422, and webhooks with whatever status of their own. What else fails, such as a time-out of the API, of etcd or of a
 * webhook's call, is tried again by the controllers and may pass: no reason to turn requests away.
 */
const REFUSAL = /\bis forbidden\b|\bis invalid\b|\bexceeded quota\b|\bdenied (?:the )?request\b/;

/** From the conditions of a Deployment or ReplicaSet; null where pods are created, or may be soon. */
export function creationRefused(conditions: readonly RawCondition[]): CreationRefused | null {
  const failure = conditions.find(({ type, status }) => type === 'ReplicaFailure' && status === 'True');
  if (failure === undefined || failure.reason !== 'FailedCreate') return null;
  const { reason, message = '' } = failure;
  return REFUSAL.test(message) ? { reason, message } : null;
}
