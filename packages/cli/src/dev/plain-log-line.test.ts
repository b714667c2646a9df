import { expect, test } from 'vitest';
import { plainLogLine } from './plain-log-line.ts';

const common = { time: '2026-03-01T10:00:00.000Z', pid: 7, hostname: 'h', name: 'rouse-operator' };
const log = (fields: object) => plainLogLine(JSON.stringify({ level: 'info', ...common, ...fields }));

test('message and fields remain, texts with blanks in quotes', () => {
  expect(log({ msg: 'leading', epoch: 3, identity: 'a_b', why: 'lease was free' })).toBe(
    'leading epoch=3 identity=a_b why="lease was free"',
  );
});

test('warnings and errors begin with what they are, an error shows its message without the stack', () => {
  expect(log({ level: 'warn', msg: 'proxy silent' })).toBe('warning: proxy silent');
  const error = { type: 'Error', message: 'out of nowhere', stack: 'Error: out of nowhere\n at x' };
  expect(log({ level: 'fatal', msg: 'uncaught error', error })).toBe('error: uncaught error error="out of nowhere"');
});

test.each(['plain text', '', '{broken', '{"a":1}', '[1]', 'null', '{"msg":5}'])('%j stays as it is', (line) => {
  expect(plainLogLine(line)).toBe(line);
});
