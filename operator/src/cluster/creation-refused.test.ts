/** Refusals as the API server 1.35 words them, and failures that are none. */
import { expect, test } from 'vitest';
import { creationRefused } from './creation-refused.ts';

function failure(message: string, reason = 'FailedCreate', status = 'True') {
  return [{ type: 'ReplicaFailure', status, reason, message }];
}

test.each([
  'pods "web-1-x" is forbidden: exceeded quota: pods, requested: pods=1, used: pods=0, limited: pods=0',
  'pods "web-1-x" is forbidden: violates PodSecurity "restricted:latest": allowPrivilegeEscalation != false',
  'pods "web-1-x" is forbidden: error looking up service account default/web: serviceaccount "web" not found',
  "pods \"web-1-x\" is forbidden: ValidatingAdmissionPolicy 'none' with binding 'none' denied request: no pods today",
  'Pod "web-1-x" is invalid: spec.containers[0].name: Duplicate value: "app"',
  'admission webhook "validate.example.org" denied the request: no pods today',
])('%s', (message) => {
  expect(creationRefused(failure(message))).toEqual({ reason: 'FailedCreate', message });
});

test.each([
  'etcdserver: request timed out',
  'Timeout: request did not complete within requested timeout - context deadline exceeded',
  'Post "https://127.0.0.1:6443/api/v1/namespaces/default/pods": dial tcp 127.0.0.1:6443: connect: connection refused',
  'Internal error occurred: failed calling webhook "a.example.org": failed to call webhook: context deadline exceeded',
  'the server is currently unable to handle the request',
  '',
])('no refusal, as it may pass: %s', (message) => {
  expect(creationRefused(failure(message))).toBeNull();
});

test('a failure to delete, one that is over, and none', () => {
  expect(creationRefused(failure('pods "web-1-x" is forbidden', 'FailedDelete'))).toBeNull();
  expect(creationRefused(failure('pods "web-1-x" is forbidden', 'FailedCreate', 'False'))).toBeNull();
  expect(creationRefused([])).toBeNull();
});
