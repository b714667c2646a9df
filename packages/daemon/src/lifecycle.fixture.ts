/** A process under the lifecycle, for its tests: prints each step, and misbehaves as its argument says. */
import { startLifecycle } from './lifecycle.ts';
import { createLog } from './log.ts';

const mode = process.argv[2];
const lifecycle = startLifecycle(createLog('fixture', 'info'));
const alive = setInterval(() => undefined, 1_000);

lifecycle.onShutdown('first', async () => {
  await new Promise((resolve) => setImmediate(resolve));
  console.log('step first');
});
if (mode === 'failing-step') {
  lifecycle.onShutdown('bad', () => {
    throw new Error('step broke');
  });
}
if (mode === 'stuck') lifecycle.onShutdown('stuck', () => new Promise(() => undefined));
lifecycle.onShutdown('second', () => {
  clearInterval(alive);
  console.log('step second');
});

if (mode === 'throw')
  setImmediate(() => {
    throw new Error('out of nowhere');
  });
if (mode === 'reject') void Promise.reject(new Error('nobody caught'));
console.log('up');
