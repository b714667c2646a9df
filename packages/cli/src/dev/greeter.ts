/** Decides when `rouse dev` greets: once every workload is known and requests are taken, at the latest when a person gets impatient, but never before the commands it shows would work. */
import type { ApiEvent, Clock, WorkloadStatus } from '@rouse/contract';
import { type Addresses, faultsOf, type Greeted, greetingLines, shownName, workloadLines } from './greeting.ts';
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
  /** After so many ms it greets with what is known, as soon as the proxies take requests: what is shown must work. */
  readonly withinMs: number;
  readonly print: (line: string) => void;
}

export interface Greeter {
  /** Takes an event of the operator. */
  event(event: ApiEvent): void;
  /** The proxies take requests: the commands that are shown work. */
  proxiesReady(): void;
  close(): void;
}

export function createGreeter({ clock, addresses, given, withinMs, print }: GreeterOptions): Greeter {
  const known = new Map<string, WorkloadStatus>();
  const shown = new Set<string>();
  /** Ids of the faults that each workload had last. */
  const told = new Map<string, ReadonlySet<string>>();
  let greeted = false;
  let proxiesReady = false;
  /** The operator has told what it knows. */
  let heard = false;
  let late = false;
  const cancel = clock.after(withinMs, () => {
    late = true;
    greetIfComplete();
  });
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
    for (const status of known.values()) newFaults(status);
    printAll(greetingLines(workloads, addresses));
  }

  function greetIfComplete(): void {
    if (!proxiesReady) return;
    if (late || (heard && given().every((each) => known.has(keyOf(each))))) greet();
  }

  function changed(status: WorkloadStatus): void {
    const before = known.get(keyOf(status));
    known.set(keyOf(status), status);
    if (!greeted) return;
    const faults = newFaults(status);
    const mended = (before?.unmanaged ?? null) !== null && status.unmanaged === null;
    if (shown.has(keyOf(status)) && !mended) printAll(faults);
    else printAll(newcomerLines(status));
  }

  /** One that was added to the manifests, was late, or is no longer left alone. */
  function newcomerLines(status: WorkloadStatus): string[] {
    const { namespace, name } = status;
    shown.add(keyOf(status));
    const path = given().find((each) => keyOf(each) === keyOf(status))?.path ?? '/';
    return ['', ...workloadLines([{ namespace, name, status, path }], addresses), ''];
  }

  /** Lines of those that were not there before. */
  function newFaults(status: WorkloadStatus): string[] {
    const before = told.get(keyOf(status)) ?? new Set();
    const faults = faultsOf(status);
    told.set(keyOf(status), new Set(faults.map(({ id }) => id)));
    return faults.filter(({ id }) => !before.has(id)).map(({ line }) => line);
  }

  return {
    event(event) {
      heard = true;
      if (event.type === 'transition') print(transitionLine(event.transition));
      if (event.type === 'workload') changed(event.workload);
      if (event.type === 'snapshot') for (const workload of event.workloads) changed(workload);
      if (event.type === 'removed' && known.delete(keyOf(event)) && shown.delete(keyOf(event))) {
        print(`${shownName(event)} is gone`);
        told.delete(keyOf(event));
      }
      greetIfComplete();
    },
    proxiesReady() {
      proxiesReady = true;
      greetIfComplete();
    },
    close: cancel,
  };
}

function keyOf({ namespace, name }: { readonly namespace: string; readonly name: string }): string {
  return `${namespace}/${name}`;
}
