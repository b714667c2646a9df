/** One line per transition of a workload, as `rouse dev` prints it. */
import type { Transition } from '@rouse/contract';

/** e.g. `hello 0→1  woken by curl GET /  patched 4 ms · started 210 · port 388 · first byte 391`. */
export function transitionLine(transition: Transition): string {
  const name = transition.namespace === 'default' ? transition.name : `${transition.namespace}/${transition.name}`;
  const head = `${name} ${transition.from}→${transition.to}`;
  const cold = transition.coldStart;
  if (cold === null) return `${head}  ${transition.why}`;
  const stages = [
    cold.patchedMs === null ? [] : [`patched ${Math.round(cold.patchedMs)} ms`],
    cold.startedMs === null ? [] : [`started ${Math.round(cold.startedMs)}`],
    cold.portMs === null ? [] : [`port ${Math.round(cold.portMs)}`],
    [`first byte ${Math.round(cold.firstByteMs)}`],
  ].flat();
  return `${head}  woken by ${cold.by}  ${stages.join(' · ')}`;
}
