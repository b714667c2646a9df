/** How fast a sleeping workload answers, and where the time goes; beside the same Deployment scaled by hand. */
import { until } from '@rouse/contract/testing';
import type { Pod } from '@rouse/kubelet';
import { readAppLog } from '../../app/app-log.ts';
import { type Deployments, deployments } from '../../deployments.ts';
import { apiWrites, OPERATOR_USER } from '../audit.ts';
import type { Cluster } from '../cluster.ts';
import type { InstalledRouse } from '../installed-rouse.ts';
import { firstBytes, wallMs } from './first-bytes.ts';
import { onCluster } from './on-cluster.ts';
import { type Figure, spread } from './table.ts';

const WAKES = 100;
const BY_HAND = 50;
/** On a node that tells of a pod's address only after its port is open, as a kubelet's relist of each second makes it. */
const LATE = 30;
const LATE_MS = 900;
const PORT = 8080;
/** Long: each is deleted after its wake, so that no sleep of another falls into one. */
const annotations = { 'autoscaling.knative.dev/window': '10m' };
const env = { EXIT_ON_SIGTERM_AT_ONCE: '1' };

export function wakes(): Promise<readonly Figure[]> {
  return onCluster({}, async (cluster, rouse) => {
    await cluster.addNode({ number: 2, statusDelayMs: LATE_MS });
    const own = deployments(() => cluster);
    const soon = numbered('wake', WAKES);
    const late = numbered('late', LATE);
    const byHand = numbered('hand', BY_HAND);
    for (const name of soon) await own.create({ name, env, annotations }, on('node-1'));
    for (const name of late) await own.create({ name, env, annotations }, on('node-2'));
    for (const name of byHand)
      await own.create({ name, env, annotations: { 'rouse.dev/enabled': 'false' } }, on('node-1'));
    await until(async () => (await rouse.routes(0)) >= WAKES + LATE, 'all routes', 60_000);
    for (const name of [...soon, ...late, ...byHand]) await seen(own, name);
    // Turn by turn, so that all meet the same machine.
    const sentMs = new Map<string, number>();
    const answeredMs = new Map<string, number>();
    const byHandMs: number[] = [];
    for (let index = 0; index < WAKES; index++) {
      for (const name of [soon[index], late[index]]) {
        if (name === undefined) continue;
        sentMs.set(name, wallMs());
        await wake(rouse, name);
        answeredMs.set(name, wallMs());
        await gone(cluster, own, name);
      }
      const hand = byHand[index];
      if (hand === undefined) continue;
      byHandMs.push(await scaleByHand(cluster, own, hand));
      await gone(cluster, own, hand);
    }
    const stories = storiesOf(cluster, [...soon, ...late]);
    const spans = (names: readonly string[], spanMs: (story: Story) => number): number[] =>
      names.map((name) => spanMs(stories.get(name)!));
    const sent = ({ name }: Story): number => sentMs.get(name)!;
    const earlyUseMs = (story: Story): number => story.requestMs - Math.max(story.listeningMs, story.publishedMs);
    return [
      spread(
        'request sent → API server has the `/scale` patch',
        spans(soon, (story) => story.patchMs - sent(story)),
      ),
      spread(
        'request sent → `/scale` accepted',
        spans(soon, (story) => story.acceptedMs - sent(story)),
      ),
      spread(
        '`/scale` accepted → process of the pod begins',
        spans(soon, (story) => story.beganMs - story.acceptedMs),
      ),
      spread(
        'process begins → its port is open',
        spans(soon, (story) => story.listeningMs - story.beganMs),
      ),
      spread('later of (port open, address published) → request on it', spans(soon, earlyUseMs)),
      spread(`the same, addresses published ${LATE_MS} ms late`, spans(late, earlyUseMs)),
      spread(
        'request sent → first byte of the answer (whole cold start)',
        spans(soon, (story) => answeredMs.get(story.name)! - sent(story)),
      ),
      spread('`/scale` patched by hand → first byte from the pod itself', byHandMs),
    ];
  });
}

function numbered(name: string, count: number): string[] {
  return Array.from({ length: count }, (_, index) => `${name}-${index}`);
}

function on(node: string): object {
  return { nodeSelector: { 'kubernetes.io/hostname': node } };
}

/** Its ReplicaSet is there: what follows is the wake alone. */
function seen(own: Deployments, name: string): Promise<unknown> {
  return until(async () => (await own.get(name)).status?.observedGeneration, `${name} is seen`, 60_000);
}

async function wake(rouse: InstalledRouse, name: string): Promise<void> {
  const answer = await firstBytes(rouse.proxyAddress().host, PORT, `${name}.default.example.com`);
  if (!answer.startsWith('HTTP/1.1 200 ')) throw new Error(`${name}: ${answer}`);
}

/** One wake, by Unix ms; NaN for what was not seen. */
interface Story {
  readonly name: string;
  /** The API server got the patch, and had answered it. */
  readonly patchMs: number;
  readonly acceptedMs: number;
  /** By the app's own log, in whole ms. */
  readonly beganMs: number;
  readonly listeningMs: number;
  readonly requestMs: number;
  /** The first status of the pod with an address was accepted. */
  readonly publishedMs: number;
}
function storiesOf({ appLogFile, plane }: Cluster, names: readonly string[]): ReadonlyMap<string, Story> {
  const log = readAppLog(appLogFile);
  const writes = apiWrites(plane);
  const patches = writes.filter(({ user, subresource }) => user === OPERATOR_USER && subresource === 'scale');
  const addresses = writes.filter(({ resource, body }) => resource === 'pods' && hasAddress(body));
  return new Map(
    names.map((name) => {
      const patch = patches.find((write) => write.name === name);
      const ofPod = (pod: string): boolean => pod.startsWith(`${name}-`);
      const at = (event: string): number =>
        log.find((each) => each.event === event && ofPod(each.pod))?.atMs ?? Number.NaN;
      const story = {
        name,
        patchMs: patch?.receivedMs ?? Number.NaN,
        acceptedMs: patch?.answeredMs ?? Number.NaN,
        beganMs: at('start'),
        listeningMs: at('listening'),
        requestMs: at('request'),
        publishedMs: addresses.find((write) => ofPod(write.name))?.answeredMs ?? Number.NaN,
      };
      return [name, story];
    }),
  );
}

function hasAddress(body: unknown): boolean {
  return (body as Partial<Pod> | undefined)?.status?.podIP !== undefined;
}

/** Without Rouse: /scale patched by hand, the pod's address read again and again, and its port tried until it answers. */
async function scaleByHand(cluster: Cluster, own: Deployments, name: string): Promise<number> {
  const startMs = performance.now();
  await own.scale(name, 1);
  const address = await until(async () => {
    const [pod] = await cluster.list<Pod>('/api/v1/namespaces/default/pods', { labelSelector: `app=${name}` });
    return pod?.status?.podIP;
  }, 'an address');
  const answers = async (): Promise<boolean> =>
    (await firstBytes(address, PORT, name).catch(() => '')).startsWith('HTTP/1.1 200 ');
  await until(answers, 'an answer');
  return performance.now() - startMs;
}

/** Deleted, and its processes have ended. */
async function gone(cluster: Cluster, own: Deployments, name: string): Promise<void> {
  await cluster.remove(`/apis/apps/v1/namespaces/default/deployments/${name}`);
  await until(async () => (await own.pods(name)).length === 0, `${name} is gone`, 60_000);
}
