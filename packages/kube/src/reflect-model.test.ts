import type { ServerResponse } from 'node:http';
import { manualClock, until } from '@rouse/contract/testing';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { connect } from './connect.ts';
import type { KubeObject } from './objects.ts';
import { reflect } from './reflect.ts';
import { scriptedApi } from './scripted-api.ts';

type Step =
  | { readonly do: 'put'; readonly name: string; readonly size: number }
  | { readonly do: 'delete'; readonly name: string }
  | { readonly do: 'cut' | 'cut in a line' | 'compact' | 'garble' | 'bookmark' };

interface Raw extends KubeObject {
  readonly size: number;
}

const name = fc.constantFrom('a', 'b', 'c');
const step: fc.Arbitrary<Step> = fc.oneof(
  { weight: 4, arbitrary: fc.record({ do: fc.constant('put' as const), name, size: fc.integer({ min: -1, max: 3 }) }) },
  { weight: 2, arbitrary: fc.record({ do: fc.constant('delete' as const), name }) },
  { weight: 3, arbitrary: fc.record({ do: fc.constantFrom('cut', 'cut in a line', 'compact', 'garble', 'bookmark') }) },
);

/** An API that keeps a history which can be compacted, and whose watches can be broken in several ways. */
async function historicApi() {
  const objects = new Map<string, Raw>();
  let history: { version: number; text: string }[] = [];
  const snapshots = new Map<string, Raw[]>();
  let watches: ServerResponse[] = [];
  let version = 10;
  let compactedTo = 0;
  let uids = 0;

  const api = await scriptedApi((_request, response, url) => {
    if (!url.searchParams.has('watch')) {
      // One object a page, all pages of the state that the first one saw.
      const [at = String(version), offset = '0'] = url.searchParams.get('continue')?.split(':') ?? [];
      const all = snapshots.get(at) ?? [...objects.values()];
      snapshots.set(at, all);
      const next = Number(offset) + 1;
      const metadata = { resourceVersion: at, continue: next < all.length ? `${at}:${next}` : undefined };
      response.end(JSON.stringify({ metadata, items: all.slice(next - 1, next) }));
      return;
    }
    const from = Number(url.searchParams.get('resourceVersion'));
    if (from < compactedTo) {
      response.writeHead(410).end(JSON.stringify({ kind: 'Status', code: 410, reason: 'Expired' }));
      return;
    }
    response.write(
      `${history
        .filter((each) => each.version > from)
        .map((each) => each.text)
        .join('')}\n`,
    );
    watches.push(response);
  });

  function tell(type: string, object: Raw): void {
    const text = `${JSON.stringify({ type, object })}\n`;
    history.push({ version, text });
    for (const watch of watches) watch.write(text);
  }
  function end(text: string): void {
    const ended = watches;
    watches = [];
    for (const watch of ended) watch.write(text, () => watch.destroy());
  }

  function run(now: Step): void {
    switch (now.do) {
      case 'put': {
        const known = objects.get(now.name);
        const uid = known?.metadata.uid ?? `uid-${++uids}`;
        const object = { metadata: { name: now.name, uid, resourceVersion: String(++version) }, size: now.size };
        objects.set(now.name, object);
        tell(known === undefined ? 'ADDED' : 'MODIFIED', object);
        return;
      }
      case 'delete': {
        const known = objects.get(now.name);
        if (known === undefined) return;
        objects.delete(now.name);
        tell('DELETED', { ...known, metadata: { ...known.metadata, resourceVersion: String(++version) } });
        return;
      }
      case 'cut':
        end('');
        return;
      case 'cut in a line':
        end('{"type":"ADDED","object":{"metadata":{"na');
        return;
      case 'garble':
        end('{"type":\n');
        return;
      case 'compact':
        compactedTo = version;
        history = [];
        end('');
        return;
      case 'bookmark':
        for (const watch of watches) {
          watch.write(`{"type":"BOOKMARK","object":{"metadata":{"resourceVersion":"${version}"}}}\n`);
        }
    }
  }
  return { api, objects, run };
}

test('whatever happens to objects and watches, in the end the records are those of the API, told change by change', async () => {
  await fc.assert(
    fc.asyncProperty(fc.array(fc.tuple(step, fc.boolean()), { maxLength: 25 }), async (steps) => {
      const { api, objects, run } = await historicApi();
      const kube = connect({ server: api.url });
      const clock = manualClock();
      const told = new Map<string, string>();
      const reflector = reflect<Raw, { uid: string; text: string }>({
        kube,
        path: '/things',
        clock,
        project: (raw) => (raw.size < 0 ? null : { uid: raw.metadata.uid, text: `${raw.metadata.name}=${raw.size}` }),
        key: (record) => record.uid,
        onChange(key, now, before) {
          expect(before?.text).toBe(told.get(key));
          if (now === undefined) told.delete(key);
          else told.set(key, now.text);
        },
      });
      try {
        for (const [each, settle] of steps) {
          run(each);
          if (!settle) continue;
          clock.advance(200);
          for (let turn = 0; turn < 10; turn++) await new Promise(setImmediate);
        }
        const wanted = () =>
          [...objects.values()]
            .filter((raw) => raw.size >= 0)
            .map((raw) => `${raw.metadata.uid} ${raw.metadata.name}=${raw.size}`)
            .sort();
        const held = () => [...reflector.values()].map((record) => `${record.uid} ${record.text}`).sort();
        await until(
          () => {
            clock.advance(1_000);
            return JSON.stringify(held()) === JSON.stringify(wanted());
          },
          `records ${JSON.stringify(wanted())}`,
        );
        expect([...told].map(([uid, text]) => `${uid} ${text}`).sort()).toEqual(wanted());
      } finally {
        reflector.stop();
        await kube.close();
        await api.close();
      }
    }),
    { numRuns: 60 },
  );
});
