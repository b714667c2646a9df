import { manualClock, until } from '@rouse/contract/testing';
import { connect } from '@rouse/kube';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { type EventRecorder, eventRecorder } from './events.ts';
import { type Json, type TestApi, testApi } from './test-api.ts';

const subject = { namespace: 'default', name: 'web', uid: 'uid-web' };
const clock = manualClock();
let api: TestApi;
let recorder: EventRecorder;
let close: () => Promise<void>;

beforeEach(async () => {
  api = await testApi();
  const kube = connect({ server: api.url });
  recorder = eventRecorder({ kube, clock, log: { info: () => undefined, warn: () => undefined } });
  close = async () => {
    await kube.close();
    await api.close();
  };
});
afterEach(() => close());

const events = () => api.below('/api/v1/namespaces/default/events');

test('an Event names its object, its source and its time', async () => {
  recorder.record(subject, 'Warning', 'BadAnnotation', 'min-scale: "x"');
  await recorder.flush();
  const [event] = events();
  expect(event).toMatchObject({
    involvedObject: { apiVersion: 'apps/v1', kind: 'Deployment', namespace: 'default', name: 'web', uid: 'uid-web' },
    type: 'Warning',
    reason: 'BadAnnotation',
    message: 'min-scale: "x"',
    source: { component: 'rouse-operator' },
    count: 1,
  });
  expect(event?.lastTimestamp).toMatch(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ$/);
});

test('the same again is counted up; another message, or the same after ten minutes, is another Event', async () => {
  for (let i = 0; i < 3; i++) recorder.record(subject, 'Normal', 'Scaled', '0 to 1');
  recorder.record(subject, 'Normal', 'Scaled', '1 to 0');
  await recorder.flush();
  expect(events().map((each) => each.count)).toEqual([3, 1]);
  clock.advance(600_000);
  recorder.record(subject, 'Normal', 'Scaled', '0 to 1');
  await recorder.flush();
  expect(events().map((each) => each.count)).toEqual([3, 1, 1]);
});

test('one that was deleted meanwhile is written anew', async () => {
  recorder.record(subject, 'Normal', 'Scaled', '0 to 1');
  await recorder.flush();
  const { name } = events()[0]!.metadata as Json;
  api.remove(`/api/v1/namespaces/default/events/${String(name)}`);
  recorder.record(subject, 'Normal', 'Scaled', '0 to 1');
  await recorder.flush();
  expect(events().map((each) => each.count)).toEqual([1]);
});

test('after nine different messages of a kind the next ones are combined in one Event that shows the last', async () => {
  for (let i = 1; i <= 12; i++) recorder.record(subject, 'Normal', 'Scaled', `0 to ${i}`);
  recorder.record(subject, 'Warning', 'ScaleFailed', 'refused');
  // One of the nine is told as before.
  recorder.record(subject, 'Normal', 'Scaled', '0 to 3');
  await recorder.flush();
  const told = events().map(({ message, count }) => [message, count]);
  expect(told).toHaveLength(11);
  expect(told[2]).toEqual(['0 to 3', 2]);
  expect(told[9]).toEqual(['(combined from similar events): 0 to 12', 3]);
  expect(told[10]).toEqual(['refused', 1]);
  clock.advance(600_000);
  recorder.record(subject, 'Normal', 'Scaled', '0 to 13');
  await recorder.flush();
  expect(events().at(-1)).toMatchObject({ message: '0 to 13', count: 1 });
});

test('a talkative object is held back after a burst, another one is not', async () => {
  for (let i = 0; i < 60; i++) recorder.record(subject, 'Normal', `Scaled${i}`, `${i}`);
  recorder.record({ ...subject, name: 'quiet', uid: 'uid-quiet' }, 'Normal', 'Scaled', 'once');
  await recorder.flush();
  expect(events()).toHaveLength(26);
  expect(recorder.dropped).toBe(35);
  clock.advance(300_000);
  recorder.record(subject, 'Normal', 'Scaled', 'later');
  await recorder.flush();
  expect(events()).toHaveLength(27);
});

test('what goes wrong with an object is told, however often that was scaled before', async () => {
  for (let i = 0; i < 40; i++) recorder.record(subject, 'Normal', 'Scaled', i % 2 === 0 ? '0 to 1' : '1 to 0');
  recorder.record(subject, 'Warning', 'Blocked', 'no such image');
  await recorder.flush();
  expect(recorder.dropped).toBe(15);
  expect(events().at(-1)).toMatchObject({ type: 'Warning', message: 'no such image', count: 1 });
});

test('an Event is tried again when the API stumbles, and given up when it refuses', async () => {
  api.fail(/events/, 500);
  recorder.record(subject, 'Normal', 'Scaled', '0 to 1');
  await until(() => api.requests.length === 1);
  api.heal();
  await until(() => {
    clock.advance(100);
    return events().length === 1;
  });
  api.fail(/events/, 403);
  recorder.record(subject, 'Normal', 'Scaled', 'refused');
  await recorder.flush();
  expect(recorder.dropped).toBe(1);
});

test('a long message is cut to what the API takes', async () => {
  recorder.record(subject, 'Normal', 'Scaled', 'x'.repeat(5_000));
  await recorder.flush();
  expect(String(events()[0]?.message)).toHaveLength(1_024);
});

test('a flush does not wait for an API that never answers', async () => {
  api.fail(/events/, 'silence');
  recorder.record(subject, 'Normal', 'Scaled', '0 to 1');
  let flushed = false;
  const flush = recorder.flush().then(() => {
    flushed = true;
  });
  await until(() => api.requests.length === 1);
  expect(flushed).toBe(false);
  clock.advance(3_000);
  await flush;
});
