/** What slow heads, slow bodies and slow readers cost everybody else: on the same workload, and on another one. */

import type { AppSpec } from '../app/app-deployment.ts';
import { deployments } from '../deployments.ts';
import { hands } from '../hands.ts';
import { type RouseDev, startRouseDev } from '../rouse-dev.ts';
import { type Experience, startBystander } from './bystander.ts';
import { type SlowAttack, type SlowMode, type SlowOutcome, slowAttack } from './slowhttptest.ts';

const attacked: AppSpec = {
  name: 'attacked',
  annotations: {
    'autoscaling.knative.dev/min-scale': '1',
    'autoscaling.knative.dev/max-scale': '1',
    // slowhttptest names the host it connects to.
    'rouse.dev/routes': 'localhost',
  },
};
const other: AppSpec = { name: 'other', annotations: { 'autoscaling.knative.dev/min-scale': '1' } };
/** An answer that no buffer on the way holds. */
const LARGE = '/download?bytes=4194304';
const PER_SECOND = 100;

export interface SlowClientsResult {
  readonly mode: SlowMode;
  readonly intervalS: number;
  /** One a round, as are those below. */
  readonly attacks: readonly SlowOutcome[];
  readonly same: readonly Versus[];
  readonly other: readonly Versus[];
  /** Past the proxy, to a pod that nobody attacks: what the machine makes of it. */
  readonly past: readonly Versus[];
}

/** Before the attack, and from its begin to its end. */
export interface Versus {
  readonly quiet: Experience;
  readonly during: Experience;
}

export interface SlowClientsOptions extends Omit<SlowAttack, 'mode' | 'url'> {
  readonly modes: readonly SlowMode[];
  readonly rounds: number;
}

/** `rounds` attacks a mode, one after the other; before each the same time in quiet. */
export async function slowClients({ modes, rounds, ...attack }: SlowClientsOptions): Promise<SlowClientsResult[]> {
  const { seconds } = attack;
  const dev = await startRouseDev([attacked, other]);
  const { ready } = hands(() => dev);
  try {
    await ready('attacked', 1);
    await ready('other', 1);
    const podPort = await portOf(dev, other.name);
    const all = async (work: () => Promise<SlowOutcome | undefined>) => {
      const starting = [
        [dev.port, attacked],
        [dev.port, other],
        [podPort, other],
      ] as const;
      const bystanders = await Promise.all(
        starting.map(([port, { name }]) =>
          startBystander({ port, host: `${name}.default.example.com`, connections: 8, perSecond: PER_SECOND }),
        ),
      );
      const outcome = await work();
      const [same, elsewhere, past] = await Promise.all(bystanders.map((each) => each.stop()));
      return { outcome, same: same!, other: elsewhere!, past: past! };
    };
    const results: SlowClientsResult[] = [];
    for (const mode of modes) {
      const url = `http://localhost:${dev.port}${mode === 'X' ? LARGE : '/'}`;
      const whose = { same: [] as Versus[], other: [] as Versus[], past: [] as Versus[] };
      const attacks: SlowOutcome[] = [];
      for (let round = 0; round < rounds; round++) {
        const quiet = await all(
          () => new Promise<undefined>((resolve) => setTimeout(resolve, seconds * 1000, undefined)),
        );
        const during = await all(() => slowAttack({ ...attack, mode, url }));
        attacks.push(during.outcome!);
        for (const each of ['same', 'other', 'past'] as const) {
          whose[each].push({ quiet: quiet[each], during: during[each] });
        }
      }
      results.push({ mode, intervalS: attack.intervalS, attacks, ...whose });
    }
    return results;
  } finally {
    await dev.stop();
  }
}

async function portOf(dev: RouseDev, name: string): Promise<number> {
  const [pod] = await deployments(() => dev).livePods(name);
  return pod!.spec.containers[0]!.ports![0]!.containerPort;
}
