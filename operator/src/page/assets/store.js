/** What the page knows: each workload's newest status, its figures of the last minutes, recent transitions. */
// @ts-check

export const WINDOW_S = 300;
const MAX_TRANSITIONS = 400;

/**
 * @typedef {import('@rouse/contract').WorkloadStatus} WorkloadStatus
 * @typedef {import('@rouse/contract').WorkloadHistory} WorkloadHistory
 * @typedef {import('@rouse/contract').Transition} Transition
 * @typedef {{atMs: number, ready: number | null, wanted: number | null, demand: number | null}} Sample
 * @typedef {{key: string, status: WorkloadStatus, receivedAtMs: number, samples: Sample[]}} Workload
 */

/** @param {{namespace: string, name: string}} named */
export function keyOf(named) {
  return `${named.namespace}/${named.name}`;
}

export class Store {
  /** @type {Map<string, Workload>} */
  workloads = new Map();
  /** Oldest first. @type {Transition[]} */
  transitions = [];
  /** False before the first snapshot. */
  known = false;

  /** @param {import('@rouse/contract').ApiEvent} event */
  apply(event) {
    if (event.type === 'snapshot') {
      const keys = new Set(event.workloads.map(keyOf));
      for (const key of this.workloads.keys()) if (!keys.has(key)) this.workloads.delete(key);
      for (const status of event.workloads) this.#set(status);
      this.#remember(event.transitions);
      this.known = true;
    } else if (event.type === 'workload') this.#set(event.workload);
    else if (event.type === 'removed') this.workloads.delete(keyOf(event));
    else if (event.type === 'transition') this.#remember([event.transition]);
  }

  /** Figures from before this page was open; what it saw itself stays where the operator's memory ends. @param {readonly WorkloadHistory[]} histories */
  addHistory(histories) {
    const nowMs = performance.now();
    for (const history of histories) {
      const workload = this.workloads.get(keyOf(history));
      if (!workload) continue;
      const count = history.ready.length;
      /** @type {Sample[]} */
      const earlier = history.ready.map((ready, i) => ({
        atMs: nowMs - (count - 1 - i) * history.stepMs,
        ready,
        wanted: history.desired[i] ?? null,
        demand: history.demand[i] ?? null,
      }));
      const firstMs = earlier[0]?.atMs ?? nowMs;
      workload.samples = [...workload.samples.filter((sample) => sample.atMs < firstMs), ...earlier];
    }
  }

  /** Takes one sample of everything; without a connection it is a gap. @param {boolean} live */
  sample(live) {
    const atMs = performance.now();
    for (const { status, samples } of this.workloads.values()) {
      samples.push({
        atMs,
        ready: live ? status.ready : null,
        wanted: live ? (status.desired ?? status.replicas) : null,
        demand: live ? status.inFlight + status.held : null,
      });
      while (samples.length > 0 && (samples[0]?.atMs ?? atMs) < atMs - (WINDOW_S + 5) * 1000) samples.shift();
    }
  }

  /** Newest first: the last cold starts of one workload. @param {string} key @param {number} most */
  coldStarts(key, most) {
    const found = [];
    for (let i = this.transitions.length - 1; i >= 0 && found.length < most; i--) {
      const transition = this.transitions[i];
      if (transition?.coldStart && keyOf(transition) === key) found.push(transition);
    }
    return found;
  }

  /** @param {WorkloadStatus} status */
  #set(status) {
    const key = keyOf(status);
    const workload = this.workloads.get(key) ?? { key, status, receivedAtMs: 0, samples: [] };
    workload.status = status;
    workload.receivedAtMs = performance.now();
    this.workloads.set(key, workload);
  }

  /** A snapshot repeats what is known already. @param {readonly Transition[]} transitions */
  #remember(transitions) {
    const known = new Set(this.transitions.map(identity));
    for (const transition of transitions) if (!known.has(identity(transition))) this.transitions.push(transition);
    this.transitions.splice(0, this.transitions.length - MAX_TRANSITIONS);
  }
}

/** @param {Transition} transition */
export function identity(transition) {
  return `${transition.at} ${keyOf(transition)} ${transition.from} ${transition.to}`;
}
