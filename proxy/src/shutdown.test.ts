import { manualClock } from '@rouse/contract/testing';
import type { Log } from '@rouse/daemon';
import { expect, test } from 'vitest';
import { type Drainable, drain } from './shutdown.ts';

function write(): void {}
const log: Log = { trace: write, debug: write, info: write, warn: write, error: write, fatal: write, child: () => log };

class RecordedPort implements Drainable {
  readonly calls: string[] = [];
  connections = 0;
  announceClose(): void {
    this.calls.push('announce');
  }
  stopListening(): void {
    this.calls.push('stop');
  }
  cut(): number {
    this.calls.push('cut');
    return this.connections;
  }
}

/** Advances the clock step by step, with a turn of the loop after each, as timers and promises take turns. */
async function pass(clock: ReturnType<typeof manualClock>, ms: number): Promise<void> {
  for (let passed = 0; passed < ms; passed += 10) {
    clock.advance(10);
    await new Promise((resolve) => setImmediate(resolve));
  }
}

test('clients are told first, listening stops after the delay, and an idle port is done at once', async () => {
  const clock = manualClock();
  const port = new RecordedPort();
  const done = drain({ port, clock, log, delayMs: 1000, timeoutMs: 5000 });
  expect(port.calls).toEqual(['announce']);
  await pass(clock, 990);
  expect(port.calls).toEqual(['announce']);
  await pass(clock, 20);
  expect(await done).toBe(0);
  expect(port.calls).toEqual(['announce', 'stop']);
});

test('what runs may finish within the timeout', async () => {
  const clock = manualClock();
  const port = new RecordedPort();
  port.connections = 1;
  const done = drain({ port, clock, log, delayMs: 0, timeoutMs: 5000 });
  await pass(clock, 3000);
  port.connections = 0;
  await pass(clock, 40);
  expect(await done).toBe(0);
  expect(port.calls).toEqual(['announce', 'stop']);
});

test('what is left at the timeout is cut and counted', async () => {
  const clock = manualClock();
  const port = new RecordedPort();
  port.connections = 3;
  const done = drain({ port, clock, log, delayMs: 0, timeoutMs: 500 });
  await pass(clock, 540);
  expect(await done).toBe(3);
  expect(port.calls).toEqual(['announce', 'stop', 'cut']);
});
