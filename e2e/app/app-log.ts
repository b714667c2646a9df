/** What the apps under test wrote into their common log. */
import { readFileSync } from 'node:fs';

/** A line of the app's own log. */
export interface AppEvent {
  readonly atMs: number;
  readonly pod: string;
  readonly pid: number;
  readonly event: 'start' | 'listening' | 'request' | 'sigterm';
  readonly detail: string;
  /** Requests the pod was answering, this one included. */
  readonly atOnce: number;
}

/** All lines so far; one still being written is left for the next look. */
export function readAppLog(file: string): AppEvent[] {
  const lines = readFileSync(file, 'utf8').split('\n');
  return lines.slice(0, -1).map((line) => JSON.parse(line) as AppEvent);
}
