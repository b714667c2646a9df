/** Decides when `rouse dev` greets: as soon as every workload is known, at the latest when a person gets impatient. */
import type { ApiEvent, Clock, WorkloadStatus } from '@rouse/contract';
import { type Addresses, type Greeted, greetingLines, workloadLines } from './greeting.ts';
import { transitionLine } from './transitions.ts';

/** A Deployment that was given. */
export interface Given {
  readonly namespace: string;
  readonly name: string;
  readonly path: string;
}

export interface GreeterOptions {
  readonly clock: Clock;
  readonly addresses: Addresses;
  /** The Deployments that should become workloads, as they are now. */
  readonly given: () => readonly Given[];
  readonly print: (line: string) => void;
}

export interface Greeter {
  /** Takes an event of the operator. */
  event(event: ApiEvent): void;
  close(): void;
}

/** From the start of `rouse dev` it takes about 0.5 s until here; the greeting is promised within 3 s. */
export const LATEST_GREETING_MS = 2_000;

export function createGreeter({ clock, addresses, given, print }: GreeterOptions): Greeter {
  const known = new Map<string, WorkloadStatus>();
  /** Told to the user already. */
  const shown = new Set<string>();
  let greeted = false;
  const cancel = clock.after(LATEST_GREETING_MS, greet);
  const printAll = (lines: readonly string[]): void => {
    for (const line of lines) print(line);
  };

  function greet(): void {
    if (greeted) return;
    greeted = true;
    cancel();
    const all = given();
    const workloads = all.map((each): Greeted => ({ ...each, status: known.get(keyOf(each)) ?? null }));
    for (const each of all) shown.add(keyOf(each));
    printAll(greetingLines(workloads, addresses));
  }

  function changed(status: WorkloadStatus): void {
    known.set(keyOf(status), status);
    if (!greeted || shown.has(keyOf(status))) return;
    shown.add(keyOf(status));
    const path = given().find((each) => keyOf(each) === keyOf(status))?.path ?? '/';
    const { namespace, name } = status;
    printAll(['', ...workloadLines([{ namespace, name, status, path }], addresses), '']);
  }

  return {
    event(event) {
      if (event.type === 'transition') print(transitionLine(event.transition));
      if (event.type === 'workload') changed(event.workload);
      if (event.type === 'snapshot') for (const workload of event.workloads) changed(workload);
      if (event.type === 'removed' && known.delete(keyOf(event)) && shown.delete(keyOf(event))) {
        print(`${keyOf(event)} is gone`);
      }
      if (given().every((each) => known.has(keyOf(each)))) greet();
    },
    close: cancel,
  };
}

function keyOf({ namespace, name }: { readonly namespace: string; readonly name: string }): string {
  return `${namespace}/${name}`;
}
