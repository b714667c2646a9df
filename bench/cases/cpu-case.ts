/** Cases that ask for CPU per request: a load for some seconds, and what the kernel says the proxy has used meanwhile. */
import type { Case, Target } from '../case.ts';
import { type ClosedLoop, runClosedLoop } from '../load/closed-loop.ts';
import type { Peer } from '../peers/peer.ts';
import { cpuSeconds } from '../process-cost.ts';

/** @param run the load. @returns how many things it had done for it */
export function cpuCase(
  name: string,
  title: string,
  unit: string,
  targets: readonly Omit<Target, 'metric'>[],
  run: (peer: Peer, seconds: number) => Promise<number>,
): Case {
  return {
    name,
    metrics: [{ key: 'cpu', title, unit: `µs CPU per ${unit}` }],
    targets: targets.map((target) => ({ metric: 'cpu', ...target })),
    async measure(peer, _pods, seconds) {
      const before = cpuSeconds(peer.pid);
      const count = await run(peer, seconds);
      return { cpu: ((cpuSeconds(peer.pid) - before) / count) * 1e6, perSecond: count / seconds };
    },
  };
}

/** One request again and again. */
export function closedLoopCase(
  name: string,
  title: string,
  unit: string,
  targets: readonly Omit<Target, 'metric'>[],
  load: ClosedLoop,
): Case {
  return cpuCase(name, title, unit, targets, (peer, seconds) => runClosedLoop(peer.port, load, seconds));
}
