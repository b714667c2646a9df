import { createServer } from 'node:net';
import { expect, test } from 'vitest';
import { createPortAllocator } from './port-allocator.ts';

/** A few ports away from those the defaults use, so that a running cluster does not disturb. */
const FIRST = 19_310;

function listen(port: number, host: string): Promise<() => Promise<void>> {
  return new Promise((resolve, reject) => {
    const server = createServer();
    server.once('error', reject);
    server.listen(port, host, () => resolve(() => new Promise((done) => server.close(() => done()))));
  });
}

test('no port is handed out twice until its holder lets go', async () => {
  const ports = createPortAllocator(FIRST, FIRST + 3);
  const first = await ports.allocate('a', 2);
  const second = await ports.allocate('b', 2);
  expect(new Set([...(first ?? []), ...(second ?? [])]).size).toBe(4);
  expect(await ports.allocate('c', 1)).toBeNull();
  ports.release('a');
  expect([...((await ports.allocate('c', 2)) ?? [])].sort()).toEqual([...(first ?? [])].sort());
});

test('allocations at the same time share nothing', async () => {
  const ports = createPortAllocator(FIRST + 10, FIRST + 29);
  const all = await Promise.all(Array.from({ length: 10 }, (_, index) => ports.allocate(`pod-${index}`, 2)));
  expect(new Set(all.flat()).size).toBe(20);
});

test('a failed allocation keeps nothing', async () => {
  const ports = createPortAllocator(FIRST + 40, FIRST + 41);
  expect(await ports.allocate('a', 3)).toBeNull();
  expect(await ports.allocate('b', 2)).toHaveLength(2);
});

test.each(['127.0.0.1', '0.0.0.0'])('a port somebody listens on at %s is not handed out', async (host) => {
  const close = await listen(FIRST + 50, host);
  const ports = createPortAllocator(FIRST + 50, FIRST + 51);
  expect(await ports.allocate('a', 1)).toEqual([FIRST + 51]);
  expect(await ports.allocate('b', 1)).toBeNull();
  await close();
  expect(await ports.allocate('b', 1)).toEqual([FIRST + 50]);
});

test('what was held for a pod to be made goes over to the pod', async () => {
  const ports = createPortAllocator(FIRST + 60, FIRST + 60);
  await ports.allocate('pending', 1);
  ports.rename('pending', 'uid');
  ports.release('pending');
  expect(await ports.allocate('other', 1)).toBeNull();
  ports.release('uid');
  expect(await ports.allocate('other', 1)).toEqual([FIRST + 60]);
});
