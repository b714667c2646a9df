/**
 * Which cases of `scale_to_zero` turn on a mechanism that Rouse does not have, told from their inputs alone: Knative's
 * grace period with its routing mode, its activation deadline, and retention of more than the last pod.
 */
import { equalValues } from './equal-values.ts';
import { type JsonObject, numberOf } from './json-value.ts';

/** What Knative's scaler and Rouse's decision agree on before any of those mechanisms is asked. */
export interface ZeroCase {
  readonly status: string;
  readonly inStatusForS: number;
  readonly inProxyModeForS: number;
  readonly replicas: number;
  /** Load and bounds want zero, and the cluster allows it. */
  readonly wantsZero: boolean;
  /** Knative would not wait for its activator any more: the probe found it, or is not asked. */
  readonly activatorInPath: boolean;
  readonly windowS: number;
  readonly retentionS: number;
  /** The workload's own progress deadline; null where the cluster's applies. */
  readonly progressDeadlineS: number | null;
}

interface Mechanism {
  readonly reason: string;
  readonly upstream: JsonObject;
  readonly ours: JsonObject;
}

const KEPT = { returned_scale: 0, replicas_patched: false };
const REMOVED = { returned_scale: 0, replicas_patched: true };

function mechanismOf(zero: ZeroCase, config: JsonObject): Mechanism | null {
  if (!zero.wantsZero) return null;
  if (zero.status === 'activating') {
    const deadlineS = zero.progressDeadlineS ?? numberOf(config.progress_deadline_s, Number.POSITIVE_INFINITY);
    if (zero.inStatusForS <= deadlineS + numberOf(config.activation_timeout_buffer_s, 0)) return null;
    const ours = { returned_scale: -1, replicas_patched: false };
    const upstream = zero.replicas > 0 ? REMOVED : KEPT;
    return { reason: 'the activation deadline has passed; Rouse has none', upstream, ours };
  }
  const retained =
    zero.status === 'inactive'
      ? zero.inStatusForS < zero.retentionS
      : zero.inStatusForS >= zero.windowS && zero.inStatusForS < zero.windowS + zero.retentionS;
  if (retained) {
    if (zero.replicas < 2) return null;
    return { reason: 'retention keeps one last pod, and Knative all of them', upstream: KEPT, ours: REMOVED };
  }
  const graceS = numberOf(config.grace_period_s, 0);
  const waits = zero.inStatusForS < graceS && zero.inProxyModeForS < graceS;
  if (zero.status !== 'inactive' || !zero.activatorInPath || !waits) return null;
  return { reason: 'the grace period of its routing mode runs; Rouse has none', upstream: KEPT, ours: REMOVED };
}

/** The sentence for the report, or null where the difference between `expected` and `got` is not such a mechanism's. */
export function zeroDifference(
  zero: ZeroCase,
  config: JsonObject,
  expected: JsonObject,
  got: JsonObject,
): string | null {
  const mechanism = mechanismOf(zero, config);
  if (mechanism === null || !equalValues(got, mechanism.ours)) return null;
  const upstream = new Map(Object.entries(mechanism.upstream));
  const asUpstream = Object.entries(expected).every(([field, value]) => equalValues(value, upstream.get(field)));
  return asUpstream ? mechanism.reason : null;
}
