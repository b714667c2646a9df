import fc from 'fast-check';
import { expect, test } from 'vitest';
import { type BlockedInputs, blockedReason } from './blocked.ts';
import { isTerminating, type PodRecord } from './pod-record.ts';
import { containerRecord, podRecord } from './test-records.ts';

function judge(pods: readonly PodRecord[], more: Partial<BlockedInputs> = {}): string | undefined {
  return blockedReason({
    pods,
    creationRefused: null,
    failFastUnschedulable: false,
    pullFailedBefore: () => false,
    ...more,
  })?.code;
}
const waiting = (reason: string, restarts = 0) =>
  podRecord({ containers: [containerRecord({ waiting: { reason, message: '' }, restarts, startedMs: null })] });
const refused = { reason: 'FailedCreate', message: 'exceeded quota' };
const running = podRecord();

const states: readonly [string, string | undefined, PodRecord][] = [
  ['a pod that starts', undefined, running],
  ['ImagePullBackOff', 'image-pull', waiting('ImagePullBackOff')],
  ['a first ErrImagePull', undefined, waiting('ErrImagePull')],
  ['InvalidImageName', 'invalid-image-name', waiting('InvalidImageName')],
  ['CreateContainerConfigError', 'container-config', waiting('CreateContainerConfigError')],
  ['CrashLoopBackOff after one start', undefined, waiting('CrashLoopBackOff', 0)],
  ['CrashLoopBackOff after two starts', undefined, waiting('CrashLoopBackOff', 1)],
  ['CrashLoopBackOff after three starts', 'crash-loop', waiting('CrashLoopBackOff', 2)],
  ['a fourth attempt that runs', undefined, podRecord({ containers: [containerRecord({ restarts: 3 })] })],
  [
    'a third run that has ended',
    'crash-loop',
    podRecord({ containers: [containerRecord({ restarts: 2, terminated: true, startedMs: null })] }),
  ],
  [
    'an init container that finished after two restarts',
    undefined,
    podRecord({ containers: [containerRecord({ init: true, ready: true, restarts: 2, terminated: true })] }),
  ],
  [
    'an init container in a crash loop',
    'crash-loop',
    podRecord({
      containers: [
        containerRecord({ init: true, restarts: 2, waiting: { reason: 'CrashLoopBackOff', message: '' } }),
        containerRecord({ waiting: { reason: 'PodInitializing', message: '' } }),
      ],
    }),
  ],
  ['a pod that no node takes', undefined, podRecord({ unschedulable: '0/3 nodes', containers: [] })],
];
for (const [what, code, pod] of states) {
  test(`${what}: ${code ?? 'may still come up'}`, () => {
    expect(judge([pod])).toBe(code);
  });
}

test('between two attempts to pull an image that failed before it is still blocked', () => {
  expect(judge([waiting('ErrImagePull')], { pullFailedBefore: () => true })).toBe('image-pull');
});

test('a pod that no node takes blocks where fail-fast asks for it', () => {
  const pod = podRecord({ unschedulable: '0/3 nodes', containers: [] });
  expect(judge([pod], { failFastUnschedulable: true })).toBe('unschedulable');
});

test('refused creation blocks when there is no pod, and not while one may come up', () => {
  expect(judge([], { creationRefused: refused })).toBe('creation-refused');
  expect(judge([running], { creationRefused: refused })).toBeUndefined();
  expect(judge([waiting('InvalidImageName')], { creationRefused: refused })).toBe('invalid-image-name');
});

test('the reason tells why the last run ended, in one line', () => {
  const lastExit = { code: 128, reason: 'StartError', message: 'exec: "/no/such":\n no such file' };
  const pod = podRecord({
    containers: [containerRecord({ restarts: 2, waiting: { reason: 'CrashLoopBackOff', message: '' }, lastExit })],
  });
  const found = blockedReason({
    pods: [pod],
    creationRefused: null,
    failFastUnschedulable: false,
    pullFailedBefore: () => false,
  });
  expect(found?.message).toBe(
    'pod, container app: CrashLoopBackOff, exited with 128 (StartError), exec: "/no/such": no such file, 2 restarts',
  );
});

test('pods on their way out are not judged', () => {
  const going = { ...waiting('InvalidImageName'), deleted: true };
  expect(judge([going])).toBeUndefined();
  expect(judge([going, waiting('ImagePullBackOff')])).toBe('image-pull');
});

const anyPod = fc
  .tuple(
    fc.constantFrom(...states.map(([, , pod]) => pod)),
    fc.record({ ready: fc.boolean(), deleted: fc.boolean(), disrupted: fc.boolean() }),
    fc.constantFrom('Pending', 'Running', 'Failed', 'Succeeded'),
  )
  .map(([pod, flags, phase]): PodRecord => ({ ...pod, ...flags, phase: phase as PodRecord['phase'] }));

test('blocked exactly when every pod that stays is blocked by itself, whatever their order', () => {
  fc.assert(
    fc.property(
      fc.array(anyPod, { maxLength: 6 }),
      fc.boolean(),
      fc.boolean(),
      (pods, failFastUnschedulable, isRefused) => {
        const more = { failFastUnschedulable, creationRefused: isRefused ? refused : null };
        const staying = pods.filter((pod) => !isTerminating(pod));
        const expected =
          staying.length === 0
            ? isRefused
            : staying.every((pod) => judge([pod], { failFastUnschedulable }) !== undefined);
        expect(judge(pods, more) !== undefined).toBe(expected);
        expect(judge([...pods].reverse(), more) !== undefined).toBe(expected);
      },
    ),
  );
});

test('a Ready pod is never blocked', () => {
  fc.assert(
    fc.property(fc.array(anyPod), (pods) => {
      const ready = podRecord({ ready: true });
      expect(judge([...pods, ready], { creationRefused: refused, failFastUnschedulable: true })).toBeUndefined();
    }),
  );
});
