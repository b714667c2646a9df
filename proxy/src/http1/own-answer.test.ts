/** The proxy's own answers: problem details for programs, a line of text for people, by Accept. */
import { failures } from '@rouse/contract';
import { expect, test } from 'vitest';
import { failureAnswer, ownAnswerText } from './own-answer.ts';

test.each([
  [undefined, 'application/problem+json'],
  ['*/*', 'application/problem+json'],
  ['application/json', 'application/problem+json'],
  ['text/html, application/json;q=0.9', 'application/problem+json'],
  ['text/html,application/xhtml+xml,*/*;q=0.8', 'text/plain; charset=utf-8'],
  ['Text/Plain', 'text/plain; charset=utf-8'],
])('who accepts %s gets %s', (accept, contentType) => {
  expect(failureAnswer('wake-timeout', undefined, accept).contentType).toBe(contentType);
});

test('every failure says its code in a field and in its body, and the length is that of the bytes', () => {
  for (const { code, status, title } of failures) {
    for (const accept of ['text/plain', 'application/json']) {
      const text = ownAnswerText(failureAnswer(code, 'détail', accept), 'Connection: close\r\n', false);
      const [head, body] = text.split('\r\n\r\n') as [string, string];
      expect(head).toMatch(new RegExp(`^HTTP/1\\.1 ${status} [A-Z]`));
      expect(head).toContain(`\r\nx-rouse-error: ${code}\r\n`);
      expect(head).toContain(`\r\nContent-Length: ${body.length}\r\n`);
      const told = Buffer.from(body, 'latin1').toString('utf8');
      if (accept === 'text/plain') expect(told).toBe(`${title} (${code}): détail\n`);
      else {
        const type = `https://rouse.dev/errors#${code}`;
        expect(JSON.parse(told)).toEqual({ type, title, status, detail: 'détail' });
      }
    }
  }
});

test('a code of another version is a 503, and HEAD gets the head alone', () => {
  const answer = failureAnswer('made-up-later', undefined, undefined);
  expect(answer.status).toBe(503);
  const text = ownAnswerText(answer, '', true);
  expect(text).toContain('\r\nx-rouse-error: made-up-later\r\n');
  expect(text.endsWith('\r\n\r\n')).toBe(true);
});
