/** A workload's last decisions in plain words, ending with the annotation that would change them. */
import { annotations, type DecisionRecord, type WorkloadStatus } from '@rouse/contract';
import { statusNotes } from './status-table.ts';

const CAUSES: Readonly<Record<DecisionRecord['cause'], string>> = {
  tick: 'regular look',
  wake: 'a request had no pod',
  alarm: 'demand jumped',
  settings: 'its settings changed',
  sleep: 'nothing left to do',
  'foreign-write': 'somebody else set its replicas',
};

/** @param nowMs Unix time, for how long ago it was */
export function whyLines(workload: WorkloadStatus, records: readonly DecisionRecord[], nowMs: number): string[] {
  return [
    standing(workload),
    ...statusNotes(workload),
    ...(records.length === 0 ? ['', 'No decision yet: its replicas are as they were found.'] : []),
    ...records.flatMap((record) => ['', ...recordLines(record, nowMs)]),
    '',
    advice(workload, records.at(-1)),
  ];
}

function standing(workload: WorkloadStatus): string {
  const { namespace, name, state, ready, replicas, inFlight, held, sleepsInMs } = workload;
  const sleeps = sleepsInMs === null ? '' : `; goes to sleep in ${Math.ceil(sleepsInMs / 1000)} s if nothing arrives`;
  return `${namespace}/${name} is ${state}: ${ready} of ${replicas} ready, ${inFlight} in flight, ${held} held${sleeps}.`;
}

function recordLines(record: DecisionRecord, nowMs: number): string[] {
  const seen = Object.entries(record.inputs).flatMap(([name, value]) => seenWords(name, value));
  return [
    `${record.from} → ${record.to}, ${ago(nowMs - Date.parse(record.at))} (${record.at}): ${CAUSES[record.cause]}`,
    ...record.steps.map((step) => `  ${step.before} → ${step.after}  ${step.rule}: ${step.why}`),
    ...(seen.length === 0 ? [] : [`  seen: ${seen.join(', ')}`]),
  ];
}

/** `readyPods: 2` → `ready pods 2`, `idleMs: 6000` → `idle 6 s`, `waking: true` → `waking`; what is not so is left out. */
function seenWords(name: string, value: number | string | boolean | null): string[] {
  if (value === null || value === false) return [];
  const words = name.replace(/[A-Z]/g, (letter) => ` ${letter.toLowerCase()}`);
  if (value === true) return [words];
  if (typeof value === 'string') return [`${words} ${value}`];
  return [words.endsWith(' ms') ? `${words.slice(0, -3)} ${rounded(value / 1000)} s` : `${words} ${rounded(value)}`];
}

function rounded(value: number): string {
  return String(Math.round(value * 100) / 100);
}

function ago(ms: number): string {
  const seconds = Math.max(0, Math.round(ms / 1000));
  if (seconds < 120) return `${seconds} s ago`;
  return seconds < 7_200 ? `${Math.round(seconds / 60)} min ago` : `${Math.round(seconds / 3600)} h ago`;
}

/** The last rule that moved the number has the last word. */
function advice({ state }: WorkloadStatus, record: DecisionRecord | undefined): string {
  const fallback = state === 'asleep' ? annotations.minScale.key : annotations.target.key;
  const key = record?.steps.findLast((step) => step.annotation !== undefined)?.annotation ?? fallback;
  const known = Object.values(annotations).find((each) => each.key === key);
  const about = known === undefined ? '' : ` (${known.range}; default ${known.defaultText}): ${known.doc}`;
  return `To change this, set the annotation ${key} on the Deployment${about}`;
}
