import { expect, test } from 'vitest';
import { createLog } from './log.ts';

function capture(level: 'info' | 'warn') {
  const lines: string[] = [];
  const log = createLog('rouse-proxy', level, { write: (line) => void lines.push(line) });
  return { log, read: () => lines.map((line) => JSON.parse(line)) };
}

test('a line carries level, time, program, fields and a constant message', () => {
  const { log, read } = capture('info');
  log.child({ instance: 'a1' }).info('listening', { port: 8080 });
  expect(read()).toMatchObject([{ level: 'info', name: 'rouse-proxy', instance: 'a1', port: 8080, msg: 'listening' }]);
  expect(Date.parse(read()[0].time)).not.toBeNaN();
});

test('messages below the level are not written', () => {
  const { log, read } = capture('warn');
  log.info('listening');
  log.warn('slow');
  expect(read().map((line) => line.msg)).toEqual(['slow']);
});

test('an error is written with its type and stack', () => {
  const { log, read } = capture('info');
  log.error('failed', { error: new RangeError('too far') });
  expect(read()[0].error).toMatchObject({
    type: 'RangeError',
    message: 'too far',
    stack: expect.stringContaining('log.test.ts'),
  });
});
