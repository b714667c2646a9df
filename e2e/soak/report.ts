/** The page of a soak: findings in words, and memory, descriptors, pods and requests over time. */
import { plotSvg, type Series } from './plot.ts';
import type { SoakRun } from './soak.ts';
import { type Finding, failuresOf } from './verdict.ts';
import type { Daemon, Sample } from './watch.ts';

const MINUTE_MS = 60_000;
const REQUESTS_PER_MS = 10_000;
const COLOUR = { proxy: '#2563eb', operator: '#c2410c', pods: '#15803d', failed: '#dc2626', kill: '#9ca3af' };
const STYLE = `body{font:15px/1.5 system-ui,sans-serif;max-width:60rem;margin:2rem auto;padding:0 1rem;color:#111;background:#fff}
svg{width:100%;font-size:11px}.title{font-size:13px;font-weight:600}.grid{stroke:#e5e7eb}.left{text-anchor:end;dominant-baseline:middle}
.below{text-anchor:middle}.mark{stroke-dasharray:2 3}.line{fill:none;stroke-width:1.5}.kept::marker{content:"✓ "}.broken{color:#b91c1c}.broken::marker{content:"✗ "}`;

/** A whole HTML page that needs nothing else. */
export function reportPage(run: SoakRun, findings: readonly Finding[]): string {
  const minutes = (run.endedAtMs - run.startedAtMs) / MINUTE_MS;
  const at = (atMs: number): number => (atMs - run.startedAtMs) / MINUTE_MS;
  const marks = run.kills.map((kill) => ({
    at: at(kill.fromMs),
    colour: kill.what === 'operator' ? COLOUR.operator : COLOUR.kill,
    what: `kill -9 of ${kill.what === 'operator' ? 'the operator' : `a pod of ${kill.workload}`}`,
  }));
  const sampled = (name: string, colour: string, figureOf: (sample: Sample) => number | null): Series => ({
    name,
    colour,
    points: run.samples.map((sample) => [at(sample.atMs), figureOf(sample)]),
  });
  const held = (daemon: Daemon): Series => ({
    name: daemon,
    colour: COLOUR[daemon],
    dots: true,
    points: run.floors.filter((floor) => floor.daemon === daemon).map((floor) => [at(floor.atMs), floor.heldMib]),
  });
  const plot = (title: string, ...series: Series[]): string => plotSvg({ title, series, marks, minutes });
  return [
    '<!doctype html><html lang="en"><meta charset="utf-8"><title>soak</title>',
    `<style>${STYLE}</style>`,
    `<h1>Soak of ${Math.round(minutes)} minutes, seed ${run.schedule.seed}</h1>`,
    `<ul>${findings.map(({ kept, told }) => `<li class="${kept ? 'kept' : 'broken'}">${escaped(told)}</li>`).join('')}</ul>`,
    '<p>Upright lines are kills: grey of a pod, orange of the operator. Held: what a full garbage collection leaves, in the silence at the end of a cycle.</p>',
    plot(
      'resident memory, MiB',
      sampled('proxy', COLOUR.proxy, ({ proxy }) => proxy?.rssMib ?? null),
      sampled('operator', COLOUR.operator, ({ operator }) => operator?.rssMib ?? null),
    ),
    plot('held memory, MiB', held('proxy'), held('operator')),
    plot(
      'open descriptors',
      sampled('proxy', COLOUR.proxy, ({ proxy }) => proxy?.descriptors ?? null),
      sampled('operator', COLOUR.operator, ({ operator }) => operator?.descriptors ?? null),
    ),
    plot(
      'pods',
      sampled('processes', COLOUR.pods, ({ pods }) => pods),
    ),
    plot('requests in 10 s', ...requests(run, at)),
    '</html>',
  ].join('\n');
}

function requests(run: SoakRun, at: (atMs: number) => number): Series[] {
  const { explained, unexpected } = failuresOf(run);
  const counted = (name: string, colour: string, outcomes: readonly { readonly startedAtMs: number }[]): Series => {
    const counts: number[] = new Array(Math.ceil((run.endedAtMs - run.startedAtMs) / REQUESTS_PER_MS)).fill(0);
    for (const { startedAtMs } of outcomes) counts[Math.floor((startedAtMs - run.startedAtMs) / REQUESTS_PER_MS)]! += 1;
    return {
      name,
      colour,
      points: counts.map((count, index) => [at(run.startedAtMs + index * REQUESTS_PER_MS), count]),
    };
  };
  return [
    counted('all', COLOUR.proxy, run.outcomes),
    counted('failed, explained', COLOUR.operator, explained),
    counted('failed otherwise', COLOUR.failed, unexpected),
  ];
}

function escaped(text: string): string {
  return text.replaceAll('&', '&amp;').replaceAll('<', '&lt;');
}
