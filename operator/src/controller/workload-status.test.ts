import { expect, test } from 'vitest';
import { hpaLine } from './workload-status.ts';

test('an autoscaler beside Rouse is told with its fix: whoever made it has to let go of it', () => {
  expect(hpaLine({ name: 'web', inferenceService: null })).toBe(
    'HorizontalPodAutoscaler web scales it too. Delete it, or set rouse.dev/enabled: "false".',
  );
  // KServe would make a deleted one again.
  expect(hpaLine({ name: 'iris-predictor', inferenceService: 'iris' })).toBe(
    'HorizontalPodAutoscaler iris-predictor scales it too. Annotate InferenceService iris with ' +
      'serving.kserve.io/autoscalerClass: external, then KServe deletes it, or set rouse.dev/enabled: "false".',
  );
});
