/** Watches proxy, operator and pods of a soak: how large they are as time goes on, and what is left in each silence. */
import type { RouseDev } from '../rouse-dev.ts';
import { type Footprint, footprint, type InspectedProcess, inspect } from './inspected-process.ts';
import { podPids } from './killer.ts';

export type Daemon = 'proxy' | 'operator';

export interface Sample {
  readonly atMs: number;
  readonly proxy: Footprint | null;
  /** Null between two. */
  readonly operator: Footprint | null;
  readonly pods: number;
}

/** What a daemon holds while nothing happens, garbage collected. */
export interface Floor extends Footprint {
  readonly atMs: number;
  readonly daemon: Daemon;
  readonly pid: number;
  readonly heldMib: number;
}

const SAMPLE_MS = 2_000;

export class Watch {
  readonly samples: Sample[] = [];
  readonly floors: Floor[] = [];
  readonly #dev: RouseDev;
  readonly #proxyPid: number;
  readonly #inspected = new Map<Daemon, InspectedProcess>();
  readonly #timer: NodeJS.Timeout;

  constructor(dev: RouseDev, proxyPid: number) {
    this.#dev = dev;
    this.#proxyPid = proxyPid;
    this.#timer = setInterval(() => this.#sample(), SAMPLE_MS);
  }

  /** To be called while all is quiet. */
  async takeFloors(): Promise<void> {
    for (const daemon of ['proxy', 'operator'] as const) {
      const { pid, heldMib } = await this.#inspect(daemon);
      const held = await heldMib();
      const now = footprint(pid);
      if (now !== null) this.floors.push({ ...now, atMs: Date.now(), daemon, pid, heldMib: held });
    }
  }

  close(): void {
    clearInterval(this.#timer);
    for (const inspected of this.#inspected.values()) inspected.close();
  }

  #operatorPid(): number | null {
    try {
      return this.#dev.operatorPid();
    } catch {
      return null;
    }
  }

  #sample(): void {
    const operator = this.#operatorPid();
    this.samples.push({
      atMs: Date.now(),
      proxy: footprint(this.#proxyPid),
      operator: operator === null ? null : footprint(operator),
      pods: podPids(this.#dev).length,
    });
  }

  async #inspect(daemon: Daemon): Promise<InspectedProcess> {
    const pid = daemon === 'proxy' ? this.#proxyPid : this.#dev.operatorPid();
    const known = this.#inspected.get(daemon);
    if (known?.pid === pid) return known;
    known?.close();
    const opened = await inspect(pid, this.#dev.lines);
    this.#inspected.set(daemon, opened);
    return opened;
  }
}
