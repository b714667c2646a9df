/** A soak: mixed traffic on a `rouse dev` whose workloads sleep and wake, with pods and operator killed at random. */
import http from 'node:http';
import { setTimeout as pause } from 'node:timers/promises';
import type { AppSpec } from '../app/app-deployment.ts';
import { chatWorkload } from '../chat/chat-workload.ts';
import { hands } from '../hands.ts';
import { type RouseDev, startRouseDev } from '../rouse-dev.ts';
import { ranTwice, requestsAfterSigterm } from '../scenarios/app-log-checks.ts';
import { type ChatClient, openEvents, openSocket, visitChat } from './chat-traffic.ts';
import { type SoakOutcome, sendHttp } from './http-traffic.ts';
import { INSPECTOR_OPTIONS } from './inspected-process.ts';
import { type DoneKill, kill9, WORKLOAD_VARIABLE } from './killer.ts';
import { CYCLE_MS, type PlannedKill, type Schedule, type Send, TRAFFIC_MS } from './schedule.ts';
import { type Floor, type Sample, Watch } from './watch.ts';

export interface SoakRun {
  readonly schedule: Schedule;
  readonly startedAtMs: number;
  readonly endedAtMs: number;
  readonly outcomes: readonly SoakOutcome[];
  readonly kills: readonly DoneKill[];
  readonly samples: readonly Sample[];
  readonly floors: readonly Floor[];
  /** Connections that lasted for the whole run, silent for minutes: what went wrong with them. */
  readonly lastingFaults: readonly string[];
  readonly ranTwice: readonly string[];
  readonly afterSigterm: readonly string[];
  /** Workloads that did not sleep when nobody used them any more. */
  readonly awake: readonly string[];
}

const WINDOW = { 'autoscaling.knative.dev/window': '6s' };
const LASTING = 'lasting';
/** Longer than client-stall-timeout (60 s): so long the lasting connections are silent. */
const LASTING_SPEAK_EVERY_CYCLES = 2;
const SLEEP_WITHIN_MS = 60_000;

function apps(): AppSpec[] {
  const scaled = { ...WINDOW, 'autoscaling.knative.dev/max-scale': '3' };
  const specs: AppSpec[] = [
    { name: 'web', annotations: { ...scaled, 'autoscaling.knative.dev/target': '10' } },
    { name: 'api', annotations: { ...scaled, 'autoscaling.knative.dev/metric': 'rps' } },
    { name: 'narrow', annotations: { ...scaled, 'rouse.dev/container-concurrency': '1' } },
    chatWorkload('chat'),
    chatWorkload(LASTING),
  ];
  return specs.map((spec) => ({ ...spec, env: { ...spec.env, [WORKLOAD_VARIABLE]: spec.name } }));
}

/** Runs a schedule to its end. @param tell one line for each cycle */
export async function soak(schedule: Schedule, tell: (line: string) => void): Promise<SoakRun> {
  const dev = await startRouseDev(apps(), [], {
    env: { NODE_OPTIONS: [process.env.NODE_OPTIONS ?? '', INSPECTOR_OPTIONS].join(' ') },
  });
  const [proxy] = await dev.proxies();
  const watch = new Watch(dev, proxy!.pid);
  try {
    return await run(dev, watch, schedule, tell);
  } finally {
    watch.close();
    await dev.stop();
  }
}

async function run(dev: RouseDev, watch: Watch, schedule: Schedule, tell: (line: string) => void): Promise<SoakRun> {
  const { appLog, asleep, known } = hands(() => dev);
  const names = apps().map(({ name }) => name);
  for (const name of names) await known(name);
  const lasting = await lastingClients(dev.port);
  const outcomes: SoakOutcome[] = [];
  const kills: DoneKill[] = [];
  const startedAtMs = Date.now();
  for (let cycle = 0; cycle < schedule.cycles; cycle++) {
    const fromMs = startedAtMs + cycle * CYCLE_MS;
    const agent = new http.Agent({ keepAlive: true, maxSockets: 20 });
    const isNow = ({ atMs }: { readonly atMs: number }): boolean => Math.floor(atMs / CYCLE_MS) === cycle;
    const sent = outcomes.length;
    const [ended] = await Promise.all([
      sendAll(schedule.sends.filter(isNow), startedAtMs, { port: dev.port, agent }, outcomes),
      killAll(dev, schedule.kills.filter(isNow), startedAtMs, fromMs + TRAFFIC_MS, kills),
    ]);
    await ended();
    agent.destroy();
    await at(fromMs + CYCLE_MS - 1_000);
    await watch.takeFloors();
    if (cycle % LASTING_SPEAK_EVERY_CYCLES === 1) await lasting.speak(`cycle ${cycle}`);
    tell(cycleLine(cycle, schedule.cycles, outcomes.length - sent, watch.floors));
  }
  await lasting.close();
  const endMs = Date.now() + SLEEP_WITHIN_MS;
  const sleeps = await Promise.allSettled(names.map((name) => asleep(name, endMs - Date.now())));
  const log = appLog();
  return {
    schedule,
    startedAtMs,
    endedAtMs: Date.now(),
    outcomes,
    kills,
    samples: watch.samples,
    floors: watch.floors,
    lastingFaults: lasting.faults,
    ranTwice: ranTwice(log),
    afterSigterm: requestsAfterSigterm(log),
    awake: names.filter((_, index) => sleeps[index]!.status === 'rejected'),
  };
}

async function at(atMs: number): Promise<void> {
  await pause(Math.max(0, atMs - Date.now()));
}

/** @returns once all are on their way; what that resolves with, once all have ended */
async function sendAll(
  sends: readonly Send[],
  startedAtMs: number,
  target: { readonly port: number; readonly agent: http.Agent },
  outcomes: SoakOutcome[],
): Promise<() => Promise<unknown>> {
  const running: Promise<unknown>[] = [];
  for (const send of sends) {
    await at(startedAtMs + send.atMs);
    const isChat = send.kind === 'websocket' || send.kind === 'events';
    const outcome = isChat ? visitChat(target.port, send) : sendHttp(target, send);
    running.push(outcome.then((each) => outcomes.push(each)));
  }
  return () => Promise.all(running);
}

async function killAll(
  dev: RouseDev,
  planned: readonly PlannedKill[],
  startedAtMs: number,
  untilMs: number,
  kills: DoneKill[],
): Promise<void> {
  const one = async (kill: PlannedKill): Promise<void> => {
    await at(startedAtMs + kill.atMs);
    const done = await kill9(dev, kill, untilMs - Date.now());
    if (done !== null) kills.push(done);
  };
  await Promise.all(planned.map(one));
}

/** A socket and a stream of events that stay, and say something now and then. */
async function lastingClients(port: number) {
  const clients: readonly ChatClient[] = [await openSocket(port, LASTING), await openEvents(port, LASTING)];
  const faults: string[] = [];
  const each = async (act: (client: ChatClient) => Promise<unknown>): Promise<void> => {
    for (const client of clients) await act(client).catch((error: Error) => faults.push(error.message));
  };
  return {
    faults,
    speak: (text: string) => each((client) => client.say(`${text} ${clients.indexOf(client)}`)),
    close: () => each((client) => client.close()),
  };
}

function cycleLine(cycle: number, cycles: number, requests: number, floors: readonly Floor[]): string {
  const figures = floors
    .slice(-2)
    .map(
      (floor) =>
        `${floor.daemon} ${floor.heldMib.toFixed(1)} MiB held, ${floor.rssMib.toFixed(0)} resident, ${floor.descriptors} descriptors`,
    );
  return [`${cycle + 1}/${cycles}  ${requests} requests`, ...figures].join(' · ');
}
