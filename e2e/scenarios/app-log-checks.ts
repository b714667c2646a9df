/** What the apps' common log must never show. */
import type { AppEvent } from '../app/app-log.ts';

/** POSTs that an app saw more than once, by their ids. */
export function ranTwice(log: readonly AppEvent[]): string[] {
  const seen = new Set<string>();
  const twice: string[] = [];
  for (const { event, detail } of log) {
    if (event !== 'request' || !detail.startsWith('POST ')) continue;
    if (seen.has(detail)) twice.push(detail);
    seen.add(detail);
  }
  return twice;
}

/** Requests that reached a pod after it had been told to stop. */
export function requestsAfterSigterm(log: readonly AppEvent[]): string[] {
  const told = new Set<string>();
  const wrong: string[] = [];
  for (const line of log) {
    if (line.event === 'sigterm') told.add(line.pod);
    else if (line.event === 'request' && told.has(line.pod)) wrong.push(`${line.pod} ${line.detail}`);
  }
  return wrong;
}
