/** WebSocket and server-sent events through the proxy, on the example `chat`: from zero, quiet, half-closed, scaled down, killed. */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { until } from '@rouse/contract/testing';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { ChatSocket } from '../chat/chat-socket.ts';
import { chatPids, chatWorkload } from '../chat/chat-workload.ts';
import { buildGoClient, type Client, findPythonClient, nodeClient } from '../chat/clients.ts';
import { readEvents } from '../chat/event-reader.ts';
import { RawSocket, textFrame } from '../chat/raw-socket.ts';
import { hands } from '../hands.ts';
import { isRunning } from '../processes.ts';
import type { System } from '../system.ts';

const LARGE_BYTES = 16 * 2 ** 20;
const WINDOW_MS = 6_000;
const DRAIN_MS = 8_000;
/** Each pod is meant to carry two; so four at once wake two. */
const TWO_PODS = {
  'autoscaling.knative.dev/target': '2',
  'autoscaling.knative.dev/target-utilization-percentage': '100',
  'autoscaling.knative.dev/max-scale': '2',
};

const folder = mkdtempSync(join(tmpdir(), 'rouse-chat-'));
const clients: Readonly<Record<string, Client | null>> = {
  node: nodeClient,
  python: await findPythonClient(),
  go: await buildGoClient(folder),
};
for (const [name, client] of Object.entries(clients)) {
  if (client !== null) continue;
  if (process.env.CI === 'true') throw new Error(`the WebSocket client for ${name} is missing; it must be tested here`);
  console.log(`skipped: the WebSocket client for ${name} (needs ${name === 'go' ? 'Go' : 'python3-websockets'})`);
}

/** Nothing is sent meanwhile; what is quiet for too long would end. */
async function quiet(ms: number): Promise<void> {
  const endMs = performance.now() + ms;
  await until(() => performance.now() > endMs, 'the end of the silence', ms + 5_000);
}

/** @param stallMs `--client-stall-timeout` of the system's proxies, which no quiet stream may end by */
export function chatCases(system: () => System, stallMs: number): void {
  const { ask, asleep, create, known, workload } = hands(system);
  const socketUrl = (name: string): string => `ws://localhost:${system().port}/${name}/socket`;
  const eventsUrl = (name: string): string => `http://localhost:${system().port}/${name}/events`;
  const post = (name: string, text: string): Promise<unknown> =>
    ask(name, `/${name}/messages`, { method: 'POST', body: text });

  /** Two pods with one socket each. */
  async function oneOnEach(name: string): Promise<readonly [ChatSocket, ChatSocket]> {
    const opened: { readonly socket: ChatSocket; readonly pod: string }[] = [];
    const open = async (): Promise<void> => {
      const socket = await new ChatSocket(socketUrl(name)).open();
      opened.push({ socket, pod: (await socket.say(`${opened.length} of ${name} ${Math.random()}`)).pod });
    };
    await Promise.all([open(), open(), open(), open()]);
    await until(async () => (await workload(name)).ready === 2, 'two pods', 30_000);
    // The least busy pod gets the next ones.
    while (new Set(opened.map(({ pod }) => pod)).size < 2) await open();
    const first = opened[0]!;
    const second = opened.find(({ pod }) => pod !== first.pod)!;
    await Promise.all(opened.filter((each) => each !== first && each !== second).map(({ socket }) => socket.close()));
    return [first.socket, second.socket];
  }

  /** Until one of two pods is to go, and waits for what it carries. */
  const draining = (name: string): Promise<unknown> =>
    until(
      async () => {
        const { desired, replicas } = await workload(name);
        return desired === 1 && replicas === 2;
      },
      `${name} to wait for a pod to be empty`,
      30_000,
    );

  describe.concurrent('chat', () => {
    beforeAll(async () => {
      const names = ['early', 'held-open', 'killed', 'events', 'resumed'];
      for (const name of [...Object.keys(clients).map((each) => `with-${each}`), ...names])
        await create(chatWorkload(name));
      await create(chatWorkload('drained', TWO_PODS));
      await create(chatWorkload('cut', { ...TWO_PODS, 'rouse.dev/drain-timeout': `${DRAIN_MS / 1000}s` }));
      // The last one of all that were made one after the other.
      await known('cut');
    });
    afterAll(() => rmSync(folder, { recursive: true, force: true }));

    for (const [name, client] of Object.entries(clients)) {
      test.skipIf(client === null)(
        `the upgrade of a client in ${name} wakes a pod, and 16 MiB come back as they were sent`,
        async () => {
          const workload = `with-${name}`;
          expect(chatPids(system(), workload)).toEqual([]);
          const seen = await client!(socketUrl(workload), `hello from ${name}`, LARGE_BYTES);
          expect(seen).toEqual({ heard: `hello from ${name}`, pong: name !== 'node', same: true, closeCode: 1000 });
          await asleep(workload);
        },
      );
    }

    test('frames sent right behind the handshake, before any pod runs, arrive; and after FIN the rest is still heard', async ({
      onTestFinished,
    }) => {
      const client = new RawSocket(system().port, '/early/socket', Buffer.concat([textFrame('one'), textFrame('two')]));
      onTestFinished(() => client.destroy());
      await client.hears('two');
      expect(client.head).toMatch(/^HTTP\/1\.1 101 Switching Protocols\r\n/);
      expect(client.texts().map((text) => JSON.parse(text).text)).toEqual(['one', 'two']);
      client.end(textFrame('last'));
      await client.hears('last');
      await until(() => client.hasEnded, 'FIN from the pod');
      expect(client.fault).toBe('');
      await asleep('early');
    });

    test('a workload does not sleep under an open tunnel, however quiet; it does when that has closed', async () => {
      const socket = await new ChatSocket(socketUrl('held-open')).open();
      const { pod } = await socket.say('first');
      await quiet(WINDOW_MS + 9_000);
      expect(await workload('held-open')).toMatchObject({ state: 'awake', inFlight: 1, desired: 1 });
      expect((await socket.say('second')).pod).toBe(pod);
      await socket.close();
      await asleep('held-open');
    });

    test('kill -9 of the pod: a socket and a stream of events break off visibly, and a new one gets a new pod', async () => {
      const socket = await new ChatSocket(socketUrl('killed')).open();
      await socket.say('before');
      const events = readEvents(eventsUrl('killed'));
      await until(() => events.events.length === 1, 'the event');
      const [pid] = chatPids(system(), 'killed');
      process.kill(pid!, 'SIGKILL');
      await until(() => socket.closeCode !== null && events.ended() !== '', 'both clients to see it');
      expect(socket.closeCode).toBe(1006);
      // Not `end`: an answer that breaks off must not look complete.
      expect(events.ended()).toBe('aborted');
      const again = await new ChatSocket(socketUrl('killed')).open();
      await again.say('after');
      expect(again.said).toHaveLength(1);
      expect(await again.close()).toBe(1000);
    });

    test('one pod of two is to go: it keeps its tunnel, gets no other, and goes when that ends by itself', async () => {
      const sockets = await oneOnEach('drained');
      await draining('drained');
      const pids = chatPids(system(), 'drained');
      const late = await new ChatSocket(socketUrl('drained')).open();
      const { pod: survivor } = await late.say('late');
      await quiet(2_000);
      const pods = await Promise.all(sockets.map(async (socket, index) => (await socket.say(`still ${index}`)).pod));
      expect(new Set(pods).size).toBe(2);
      expect(pids.every(isRunning)).toBe(true);
      await sockets[pods.findIndex((pod) => pod !== survivor)]!.close();
      await until(() => chatPids(system(), 'drained').length === 1, 'the pod to go', 20_000);
      const kept = sockets[pods.indexOf(survivor)]!;
      expect((await kept.say('on and on')).pod).toBe(survivor);
      expect([await kept.close(), await late.close()]).toEqual([1000, 1000]);
    });

    test('one pod of two is to go, and its tunnel does not end: after drain-timeout the app is told, and tells its client', async () => {
      const sockets = await oneOnEach('cut');
      await draining('cut');
      const sinceMs = performance.now();
      const gone = await until(() => sockets.find(({ closeCode }) => closeCode !== null), 'a tunnel to end', 30_000);
      expect(performance.now() - sinceMs).toBeGreaterThan(DRAIN_MS - 2_000);
      expect(gone.closeCode).toBe(1001);
      const kept = sockets.find((socket) => socket !== gone)!;
      await kept.say('still here');
      await until(() => chatPids(system(), 'cut').length === 1, 'one pod');
      expect(await kept.close()).toBe(1000);
    });

    test('events come one by one as they are said, and a stream outlasts any silence', async ({ onTestFinished }) => {
      const client = readEvents(eventsUrl('events'));
      onTestFinished(() => client.close());
      await until(() => client.status() !== null, 'the head before any event', 30_000);
      expect(client.status()).toBe(200);
      for (const [index, text] of ['one', 'two', 'three'].entries()) {
        await post('events', text);
        await until(() => client.events.length > index, `the event ${text}`);
        expect(client.events).toHaveLength(index + 1);
        if (index === 1) await quiet(5 * stallMs);
      }
      expect(client.events.map(({ data }) => JSON.parse(data).text)).toEqual(['one', 'two', 'three']);
      expect(client.ended()).toBe('');
      client.close();
      await asleep('events');
    });

    test('Last-Event-ID reaches the app: a client that comes back hears what it missed, and nothing twice', async ({
      onTestFinished,
    }) => {
      const first = readEvents(eventsUrl('resumed'));
      await until(() => first.status() === 200, 'the stream', 30_000);
      await post('resumed', 'heard');
      await until(() => first.events.length === 1, 'the first event');
      first.close();
      await post('resumed', 'missed');
      const second = readEvents(eventsUrl('resumed'), { 'last-event-id': first.events[0]!.id });
      onTestFinished(() => second.close());
      await until(() => second.events.length === 1, 'the missed event');
      expect(JSON.parse(second.events[0]!.data).text).toBe('missed');
    });
  });
}
