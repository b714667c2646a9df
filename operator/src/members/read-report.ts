/** Reads one report as a proxy sent it; anything else is null, so that no malformed figure reaches a decision. */
import type { Report } from '@rouse/contract';

export function readReport(json: string): Report | null {
  let value: unknown;
  try {
    value = JSON.parse(json);
  } catch {
    return null;
  }
  return isReport(value) ? value : null;
}

function isReport(value: unknown): value is Report {
  if (!isObject(value) || typeof value.instance !== 'string' || !isCount(value.periodMs)) return false;
  const applied = value.applied;
  if (!isObject(applied) || !isCount(applied.epoch) || !isCount(applied.generation)) return false;
  return Array.isArray(value.workloads) && value.workloads.every(isWorkloadReport);
}

function isWorkloadReport(value: unknown): boolean {
  if (!isObject(value) || typeof value.key !== 'string') return false;
  const figures = ['generation', 'concurrency', 'inFlight', 'held', 'arrivals', 'completions'];
  if (!figures.every((name) => isCount(value[name]))) return false;
  if (value.idleMs !== null && !isCount(value.idleMs)) return false;
  return Array.isArray(value.pods) && value.pods.every(isPodReport);
}

function isPodReport(value: unknown): boolean {
  return (
    isObject(value) &&
    typeof value.uid === 'string' &&
    typeof value.phase === 'string' &&
    isCount(value.inFlight) &&
    typeof value.revoked === 'boolean'
  );
}

function isCount(value: unknown): boolean {
  return typeof value === 'number' && Number.isFinite(value) && value >= 0;
}

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null;
}
