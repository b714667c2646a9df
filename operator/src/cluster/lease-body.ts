/** The Lease object: what is read of it, and what it is after acquiring, renewing and releasing. */

export interface RawLease {
  readonly metadata: { readonly name: string; readonly namespace?: string; readonly resourceVersion?: string };
  readonly spec?: {
    readonly holderIdentity?: string | null;
    readonly leaseDurationSeconds?: number;
    readonly leaseTransitions?: number;
    readonly acquireTime?: string;
    readonly renewTime?: string;
  };
}

export interface LeaseView {
  /** Differs after each write by anyone. */
  readonly version: string;
  /** Empty = nobody. */
  readonly holder: string;
  readonly durationMs: number;
  readonly transitions: number;
}

const DURATION_S = 15;

export function viewOf(lease: RawLease): LeaseView {
  const { spec, metadata } = lease;
  return {
    version: `${metadata.resourceVersion ?? ''} ${spec?.renewTime ?? ''} ${spec?.holderIdentity ?? ''}`,
    holder: spec?.holderIdentity ?? '',
    durationMs: (spec?.leaseDurationSeconds ?? DURATION_S) * 1000,
    transitions: spec?.leaseTransitions ?? 0,
  };
}

/** Every acquisition raises leaseTransitions, also one from nobody: it is the epoch by which proxies tell leaders apart. */
export function acquiredBody(from: RawLease, identity: string, wallMs: number): object {
  const time = microTime(wallMs);
  return bodyOf(from, {
    holderIdentity: identity,
    leaseDurationSeconds: DURATION_S,
    leaseTransitions: (from.spec?.leaseTransitions ?? 0) + 1,
    acquireTime: time,
    renewTime: time,
  });
}

export function renewedBody(from: RawLease, wallMs: number): object {
  return bodyOf(from, { ...from.spec, renewTime: microTime(wallMs) });
}

/** As client-go releases: nobody holds it, and it stands for a second. */
export function releasedBody(from: RawLease, wallMs: number): object {
  return bodyOf(from, {
    holderIdentity: '',
    leaseDurationSeconds: 1,
    leaseTransitions: from.spec?.leaseTransitions ?? 0,
    acquireTime: microTime(wallMs),
    renewTime: microTime(wallMs),
  });
}

function bodyOf(from: RawLease, spec: object): object {
  return { apiVersion: 'coordination.k8s.io/v1', kind: 'Lease', metadata: from.metadata, spec };
}

/** `metav1.MicroTime` takes exactly six digits; three are refused. */
function microTime(wallMs: number): string {
  return new Date(wallMs).toISOString().replace('Z', '000Z');
}
