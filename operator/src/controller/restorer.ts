/** Gives Deployments that were opted out while asleep their pods back, however long the API makes that take. */
import type { Clock, WorkloadKey } from '@rouse/contract';
import type { Log } from '@rouse/daemon';
import type { Kube } from '@rouse/kube';
import { readDeployment } from '../cluster/fresh-read.ts';
import type { ScaleChange, ScaleOutcome } from '../cluster/scale.ts';

export interface RestorerOptions {
  readonly kube: Kube;
  readonly clock: Clock;
  readonly log: Log;
  patch(key: WorkloadKey, change: ScaleChange): Promise<ScaleOutcome>;
}

const RETRY_FIRST_MS = 1_000;
const RETRY_MAX_MS = 30_000;

interface Task {
  readonly uid: string;
  readonly to: number;
  failures: number;
  cancel: () => void;
}

export class Restorer {
  readonly #options: RestorerOptions;
  readonly #tasks = new Map<WorkloadKey, Task>();

  constructor(options: RestorerOptions) {
    this.#options = options;
  }

  /**
   * Scales it to `to`, if it still is that Deployment and still at zero.
   * @param afterMs a write to zero that may still be applied is waited for
   */
  restore(key: WorkloadKey, uid: string, to: number, afterMs = 0): void {
    this.cancel(key);
    const task: Task = { uid, to, failures: 0, cancel: () => undefined };
    this.#tasks.set(key, task);
    if (afterMs > 0) task.cancel = this.#options.clock.after(afterMs, () => void this.#attempt(key, task));
    else void this.#attempt(key, task);
  }

  /** It is Rouse's again, or gone. */
  cancel(key: WorkloadKey): void {
    this.#tasks.get(key)?.cancel();
    this.#tasks.delete(key);
  }

  /** The next leader does not know what was found; what it sees is what stays. */
  stop(): void {
    for (const key of [...this.#tasks.keys()]) this.cancel(key);
  }

  async #attempt(key: WorkloadKey, task: Task): Promise<void> {
    const { kube, log } = this.#options;
    const read = await readDeployment(kube, key);
    if (this.#tasks.get(key) !== task) return;
    if (read.ok ? read.value.uid !== task.uid || read.value.replicas > 0 : read.status === 404) {
      this.#tasks.delete(key);
      return;
    }
    const outcome = read.ok ? await this.#options.patch(key, { seen: 0, to: task.to }) : null;
    if (this.#tasks.get(key) !== task) return;
    if (outcome?.kind === 'applied') {
      log.info('restored after opting out', { key, replicas: task.to });
      this.#tasks.delete(key);
      return;
    }
    const waitMs = Math.min(RETRY_MAX_MS, RETRY_FIRST_MS * 2 ** task.failures);
    task.failures = Math.min(task.failures + 1, 10);
    task.cancel = this.#options.clock.after(waitMs, () => void this.#attempt(key, task));
  }
}
