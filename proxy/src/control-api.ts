/** The control API: tables, signs of life and reports between operator and this proxy, as plain HTTP. */
import { type Guarded, guardWorkloadEntry, guardWorkloadTable, type Problem, type PushAccepted } from '@rouse/contract';
import type { Log } from '@rouse/daemon';
import type { Context, Hono, MiddlewareHandler } from 'hono';
import { bodyLimit } from 'hono/body-limit';
import { MAX_BODY_BYTES, problemBody, readBody, readFence } from './control-answers.ts';
import type { Fencing } from './fencing.ts';
import type { Fleet } from './fleet.ts';
import { podAddressProblem } from './pod-address.ts';
import { reportEvents } from './report-events.ts';
import type { Reports } from './reports.ts';
import { workloadView } from './workload-view.ts';

/** Refused requests by reason, as plain numbers. */
export interface ControlCounts {
  fence: number;
  token: number;
  body: number;
}

export interface ControlApiOptions {
  readonly instance: string;
  readonly fencing: Fencing;
  readonly fleet: Fleet;
  readonly reports: Reports;
  readonly allowLocalPods: boolean;
  readonly control: ControlCounts;
  /** After every accepted push, once it is applied; the answer waits for it. */
  readonly accepted: () => Promise<void>;
  readonly log: Log;
}

/** @param guard answers 401 to whoever has no valid token */
export function mountControlApi(app: Hono, guard: MiddlewareHandler, options: ControlApiOptions): void {
  const { control, fleet, reports } = options;
  app.use('/v1/*', async (context, next) => {
    await next();
    if (context.res.status === 401) control.token++;
  });
  app.use('/v1/*', guard);
  app.use('/v1/*', bodyLimit({ maxSize: MAX_BODY_BYTES }));

  app.put('/v1/leader', (context) => push(context, options, () => {}));

  app.put('/v1/workloads', async (context) => {
    const table = readBody(await context.req.text(), guardWorkloadTable);
    if (!table.ok) return refuseBody(context, options, table.problem);
    const { workloads } = table.value;
    for (const [index, entry] of workloads.entries()) {
      const problem = options.allowLocalPods ? null : podAddressProblem(entry, `workloads[${index}].`);
      if (problem !== null) return refuseBody(context, options, problem);
    }
    return push(context, options, (epoch) => fleet.replace(workloads, epoch));
  });

  app.put('/v1/workloads/:namespace/:name', async (context) => {
    const entry = checkEntry(readBody(await context.req.text(), guardWorkloadEntry), keyOf(context), options);
    if (!entry.ok) return refuseBody(context, options, entry.problem);
    return push(context, options, (epoch) => fleet.put(entry.value, epoch));
  });

  // One that is gone already is answered alike: the answer to the first attempt may have been lost.
  app.delete('/v1/workloads/:namespace/:name', (context) =>
    push(context, options, () => {
      fleet.delete(keyOf(context));
    }),
  );

  app.get('/v1/workloads', (context) =>
    context.json({
      instance: options.instance,
      applied: options.fencing.applied,
      workloads: [...fleet.workloads.values()].map(workloadView),
    }),
  );

  app.get('/v1/reports', (context) => {
    const fields = { 'content-type': 'text/event-stream', 'cache-control': 'no-store' };
    return context.body(reportEvents(reports), 200, fields);
  });
}

function keyOf(context: Context): string {
  return `${context.req.param('namespace')}/${context.req.param('name')}`;
}

function checkEntry<T extends Parameters<typeof podAddressProblem>[0]>(
  entry: Guarded<T>,
  key: string,
  options: ControlApiOptions,
): Guarded<T> {
  if (!entry.ok) return entry;
  if (entry.value.key !== key) {
    const fix = `Send the entry of ${key} to its own address, or correct its key.`;
    const problem: Problem = {
      source: 'body',
      key: 'key',
      value: entry.value.key,
      allowed: key,
      fix,
      severity: 'error',
    };
    return { ok: false, problem };
  }
  const problem = options.allowLocalPods ? null : podAddressProblem(entry.value, '');
  return problem === null ? entry : { ok: false, problem };
}

/** Body and fence are checked before anything changes, and no other push comes between the check and the change. */
async function push(context: Context, options: ControlApiOptions, apply: (epoch: number) => void): Promise<Response> {
  const { control, fencing, instance, log } = options;
  const fence = readFence((name) => context.req.header(name));
  if (!fence.ok) return refuseBody(context, options, fence.problem);
  const { epoch, generation } = fence.value;
  const before = fencing.applied;
  const first = fencing.lastSignMs === null;
  const verdict = fencing.offer(epoch, generation);
  if (!verdict.accepted) {
    control.fence++;
    log.warn('older push refused', { epoch, generation, own: verdict.own });
    return context.json(verdict.own, 409);
  }
  if (first || before.epoch !== epoch) log.info('new leader', { epoch, generation });
  apply(epoch);
  await options.accepted();
  const answer: PushAccepted = { instance, epoch, generation };
  return context.json(answer);
}

function refuseBody(context: Context, options: ControlApiOptions, problem: Problem): Response {
  options.control.body++;
  options.log.warn('control request refused', { ...problem });
  return context.json(problemBody(problem), 400, { 'content-type': 'application/problem+json' });
}
