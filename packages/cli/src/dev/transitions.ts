/** One line per transition of a workload, as `rouse dev` prints it. */
import type { Transition } from '@rouse/contract';

/** e.g. `hello 0→1  woken by curl GET /  patched 4 ms · started 210 · port 388 · first byte 391`. */
export function transitionLine(transition: Transition): string {
  const name = transition.namespace === 'default' ? transition.name : `${transition.namespace}/${transition.name}`;
  const head = `${name} ${transition.from}→${transition.to}`;
  const cold = transition.coldStart;
  if (cold === null) return `${head}  ${transition.why}`;
  const stages = (
    [
      ['patched', cold.patchedMs],
      ['started', cold.startedMs],
      ['port', cold.portMs],
      ['first byte', cold.firstByteMs],
    ] as const
  ).flatMap(([stage, ms]) => (ms === null ? [] : [`${stage} ${Math.round(ms)}`]));
  // The unit once, at the first figure.
  const told = stages.map((stage, index) => (index === 0 ? `${stage} ms` : stage)).join(' · ');
  return `${head}  woken by ${cold.by}  ${told}`;
}
