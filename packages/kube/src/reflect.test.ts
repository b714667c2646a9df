import type { ServerResponse } from 'node:http';
import { manualClock, until } from '@rouse/contract/testing';
import { afterEach, expect, test } from 'vitest';
import { connect } from './connect.ts';
import type { KubeObject } from './objects.ts';
import { type ReflectOptions, type Reflector, reflect } from './reflect.ts';
import { scriptedApi } from './scripted-api.ts';

const closing: (() => unknown)[] = [];
afterEach(async () => {
  for (const close of closing.splice(0).reverse()) await close();
});

interface Raw extends KubeObject {
  readonly size?: number;
}
interface Small {
  readonly uid: string;
  readonly size: number;
}

const raw = (name: string, size: number, version: number, uid = name): Raw => ({
  metadata: { name, namespace: 'd', uid, resourceVersion: String(version) },
  size,
});
const list = (version: number, items: Raw[], next?: string) =>
  JSON.stringify({ metadata: { resourceVersion: String(version), continue: next }, items });
const line = (type: string, object: object) => `${JSON.stringify({ type, object })}\n`;
const bookmark = (version: number) => line('BOOKMARK', { metadata: { resourceVersion: String(version) } });
const status = (code: number, reason: string) => JSON.stringify({ kind: 'Status', code, reason, message: 'no' });

/** A reflector on an API whose lists and watches the test answers; watches stay open unless ended. */
async function reflected(
  script: {
    onList(response: ServerResponse, url: URL): void;
    onWatch?(response: ServerResponse, url: URL): void;
  },
  more: Partial<ReflectOptions<Raw, Small>> = {},
) {
  const clock = manualClock();
  const watches: ServerResponse[] = [];
  const from: string[] = [];
  const changes: string[] = [];
  const troubles: (string | null)[] = [];
  const api = await scriptedApi((_request, response, url) => {
    if (url.searchParams.get('watch') === null) {
      script.onList(response, url);
      return;
    }
    watches.push(response);
    from.push(url.searchParams.get('resourceVersion') ?? '');
    if (script.onWatch === undefined) response.write(' \n');
    else script.onWatch(response, url);
  });
  const kube = connect({ server: api.url });
  const reflector: Reflector<Small> = reflect<Raw, Small>({
    kube,
    path: '/things',
    clock,
    project: (each) => (each.size === undefined || each.size < 0 ? null : { uid: each.metadata.uid, size: each.size }),
    key: (each) => each.uid,
    onChange: (key, now, before) => changes.push(`${key} ${before?.size ?? '-'}>${now?.size ?? '-'}`),
    onTrouble: (trouble) => troubles.push(trouble === null ? null : trouble.reason),
    ...more,
  });
  closing.push(
    () => api.close(),
    () => kube.close(),
    () => reflector.stop(),
  );
  /** Lets the delays between attempts pass until the condition holds. */
  const soon = (condition: () => boolean) =>
    until(() => {
      clock.advance(20);
      return condition();
    });
  const lists = () => api.requests.filter((each) => !each.includes('watch=1')).length;
  return { clock, reflector, watches, from, changes, troubles, api, soon, lists };
}

test('pages are read to the end, projected, then watched from the version of the list', async () => {
  const { reflector, api, from, watches } = await reflected({
    onList: (response, url) =>
      url.searchParams.get('continue') === null
        ? response.end(list(7, [raw('a', 1, 3), raw('b', -1, 4)], 'more'))
        : response.end(list(7, [raw('c', 3, 5)])),
  });
  await reflector.whenSynced;
  await until(() => watches.length === 1);
  expect([...reflector.values()]).toEqual([
    { uid: 'a', size: 1 },
    { uid: 'c', size: 3 },
  ]);
  expect(api.requests.slice(0, 2)).toEqual(['GET /things?limit=100', 'GET /things?limit=100&continue=more']);
  expect(from).toEqual(['7']);
});

test('a slow second page keeps it unsynced, and nothing is deleted meanwhile', async () => {
  let answer: (() => void) | undefined;
  const { reflector, changes } = await reflected({
    onList(response, url) {
      if (url.searchParams.get('continue') === null) response.end(list(7, [raw('a', 1, 3)], 'more'));
      else answer = () => response.end(list(7, []));
    },
  });
  await until(() => answer !== undefined);
  expect(reflector.synced).toBe(false);
  expect(changes).toEqual(['a ->1']);
  answer?.();
  await reflector.whenSynced;
});

test('watch events change the records; an equal record is no change; a projection to null is a deletion', async () => {
  const { reflector, watches, changes } = await reflected({
    onList: (response) => response.end(list(1, [raw('a', 1, 1)])),
  });
  await until(() => watches.length === 1);
  const send = (text: string) => watches[0]!.write(text);
  send(line('MODIFIED', raw('a', 1, 2)));
  send(line('MODIFIED', raw('a', 2, 3)));
  send(line('ADDED', raw('b', 5, 4)));
  send(line('MODIFIED', raw('a', -1, 5)));
  send(line('DELETED', raw('b', 5, 6)));
  await until(() => changes.length === 5);
  expect(changes).toEqual(['a ->1', 'a 1>2', 'b ->5', 'a 2>-', 'b 5>-']);
  expect(reflector.size).toBe(0);
});

test('an object made anew under its name is a deletion and an addition', async () => {
  const { watches, changes } = await reflected({
    onList: (response) => response.end(list(1, [raw('a', 1, 1, 'first')])),
  });
  await until(() => watches.length === 1);
  watches[0]!.write(line('MODIFIED', raw('a', 1, 2, 'second')));
  await until(() => changes.length === 3);
  expect(changes).toEqual(['first ->1', 'first 1>-', 'second ->1']);
});

test('lines cut anywhere are put together again', async () => {
  const { watches, changes } = await reflected({ onList: (response) => response.end(list(1, [])) });
  await until(() => watches.length === 1);
  const bytes = Buffer.from(line('ADDED', raw('ü€😀', 1, 2)) + line('ADDED', raw('b', 2, 3)));
  for (const byte of bytes) {
    watches[0]!.write(Buffer.of(byte));
    // A chunk each, as far as the kernel lets us.
    await new Promise(setImmediate);
  }
  await until(() => changes.length === 2);
  expect(changes).toEqual(['ü€😀 ->1', 'b ->2']);
});

test('a watch that is cut goes on from the newest version seen, bookmarks included, without a new list', async () => {
  const { watches, from, soon, lists } = await reflected({ onList: (response) => response.end(list(1, [])) });
  await until(() => watches.length === 1);
  watches[0]!.write(line('ADDED', raw('a', 1, 5)) + bookmark(9));
  await until(() => watches[0]!.writableLength === 0);
  watches[0]!.socket?.end();
  await soon(() => watches.length === 2);
  watches[1]!.end();
  await soon(() => watches.length === 3);
  expect(from).toEqual(['1', '9', '9']);
  expect(lists()).toBe(1);
});

for (const how of ['as an event', 'as an answer']) {
  test(`410 ${how} leads to a new list, which also shows what was deleted`, async () => {
    let round = 0;
    const { reflector, watches, changes, soon, troubles } = await reflected({
      onList: (response) =>
        response.end(round++ === 0 ? list(1, [raw('a', 1, 1), raw('b', 1, 1)]) : list(50, [raw('b', 2, 40)])),
      onWatch(response) {
        if (round > 1) response.write('\n');
        else if (how === 'as an event') response.write(`{"type":"ERROR","object":${status(410, 'Expired')}}\n`);
        else response.writeHead(410).end(status(410, 'Expired'));
      },
    });
    await soon(() => watches.length === 2);
    expect(changes).toEqual(['a ->1', 'b ->1', 'b 1>2', 'a 1>-']);
    expect(reflector.relists).toBe(1);
    expect(troubles).toEqual([]);
  });
}

test('a watch that dies silently is made anew after the time without a byte, and bookmarks count as bytes', async () => {
  const { clock, watches, reflector, from } = await reflected({ onList: (response) => response.end(list(1, [])) });
  await until(() => watches.length === 1);
  await until(() => reflector.lastContactMs >= 0);
  clock.advance(80_000);
  watches[0]!.write(bookmark(4));
  await until(() => reflector.lastContactMs === 80_000);
  clock.advance(89_999);
  expect(reflector.trouble).toBeNull();
  clock.advance(1);
  await until(() => reflector.trouble?.reason === 'Silent');
  await until(() => {
    clock.advance(20);
    return watches.length === 2;
  });
  expect(from).toEqual(['1', '4']);
  await until(() => reflector.trouble === null);
});

test('while the API is down the records stay, the delays grow, and it recovers', async () => {
  let down = false;
  const { reflector, clock, watches, troubles, soon } = await reflected({
    onList: (response) => response.end(list(1, [raw('a', 1, 1)])),
    onWatch(response) {
      if (down) response.writeHead(500).end(status(500, 'InternalError'));
      else response.write('\n');
    },
  });
  await until(() => watches.length === 1);
  down = true;
  watches[0]!.destroy();
  const startMs = clock.nowMs();
  await soon(() => watches.length === 6);
  expect(clock.nowMs() - startMs).toBeGreaterThan(1_000);
  expect(reflector.get('a')).toEqual({ uid: 'a', size: 1 });
  expect(troubles).toContain('InternalError');
  down = false;
  await soon(() => reflector.trouble === null);
  expect(troubles.at(-1)).toBeNull();
});

test('a server that answers a watch with an error is listed anew, one that is too busy is not', async () => {
  let code = 429;
  const { watches, soon, lists } = await reflected({
    onList: (response) => response.end(list(1, [])),
    onWatch: (response) => response.writeHead(code).end(status(code, 'Fault')),
  });
  await soon(() => watches.length === 3);
  expect(lists()).toBe(1);
  code = 504;
  await soon(() => watches.length === 5);
  expect(lists()).toBeGreaterThan(1);
});

test('a garbled line is given up with a new list', async () => {
  const { watches, soon, lists } = await reflected({ onList: (response) => response.end(list(1, [])) });
  await until(() => watches.length === 1);
  watches[0]!.write('{"type":"ADD\n');
  await soon(() => watches.length === 2);
  expect(lists()).toBe(2);
});

test('a resource that is not served is empty and synced, told once, and asked for again rarely', async () => {
  const { reflector, clock, lists, troubles } = await reflected({
    onList: (response) => response.writeHead(404).end(status(404, 'NotFound')),
  });
  await reflector.whenSynced;
  expect(reflector.size).toBe(0);
  clock.advance(200_000);
  expect(lists()).toBe(1);
  clock.advance(100_000);
  await until(() => lists() === 2);
  expect(troubles).toEqual(['NotFound']);
});

test('403 keeps a needed resource unsynced and an optional one empty', async () => {
  const script = { onList: (response: ServerResponse) => response.writeHead(403).end(status(403, 'Forbidden')) };
  const needed = await reflected(script);
  const optional = await reflected(script, { optional: true });
  await optional.reflector.whenSynced;
  await needed.soon(() => needed.lists() >= 3);
  expect(needed.reflector.synced).toBe(false);
  expect(needed.reflector.trouble?.reason).toBe('Forbidden');
});

test('an object that cannot be projected is skipped, the others are not', async () => {
  const { reflector } = await reflected(
    { onList: (response) => response.end(list(1, [raw('bad', 1, 1), raw('good', 1, 1)])) },
    {
      project(each) {
        if (each.metadata.name === 'bad') throw new Error('unexpected shape');
        return { uid: each.metadata.uid, size: 1 };
      },
    },
  );
  await reflector.whenSynced;
  expect([...reflector.values()].map((each) => each.uid)).toEqual(['good']);
});

test('a stopped reflector ends its watch and tells nothing more', async () => {
  const { reflector, watches, changes } = await reflected({ onList: (response) => response.end(list(1, [])) });
  await until(() => watches.length === 1);
  let closed = false;
  watches[0]!.on('close', () => {
    closed = true;
  });
  reflector.stop();
  watches[0]!.write(line('ADDED', raw('a', 1, 2)));
  await until(() => closed);
  expect(changes).toEqual([]);
});
