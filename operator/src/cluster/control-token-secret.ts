/** The control token from a Secret, which is made with a random one where there is none, and followed while it rotates. */
import { randomBytes } from 'node:crypto';
import type { Clock, Problem } from '@rouse/contract';
import { type ControlToken, controlTokens } from '@rouse/daemon';
import {
  describeFailure,
  type Kube,
  type KubeFailure,
  type KubeLog,
  type KubeObject,
  type KubeResult,
  reflect,
  secretPath,
  secretsPath,
} from '@rouse/kube';
import { FIELD_MANAGER } from './field-owner.ts';

export interface SecretTokenOptions {
  readonly kube: Kube;
  readonly clock: Clock;
  readonly log: KubeLog;
  readonly namespace: string;
  readonly name: string;
}

export type SecretTokenResult =
  | { readonly ok: true; readonly token: ControlToken }
  | { readonly ok: false; readonly problem: Problem };

interface RawSecret extends KubeObject {
  readonly data?: Readonly<Record<string, string>>;
}

const KEY = 'token';
/** 256 bits. */
const TOKEN_BYTES = 32;
const ATTEMPTS = 30;
const RETRY_MS = 1_000;

/** Resolves with the token once it is known; with a problem when the Secret cannot be read, made or used. */
export async function secretToken(options: SecretTokenOptions): Promise<SecretTokenResult> {
  const { kube, clock, log, namespace, name } = options;
  const tokens = controlTokens();
  const problem = (fix: string): SecretTokenResult => ({
    ok: false,
    problem: {
      source: 'flag',
      key: '--control-token-secret',
      value: `${namespace}/${name}`,
      allowed: `a Secret whose key \`${KEY}\` holds one or two tokens, or none that may be created`,
      fix,
      severity: 'error',
    },
  });

  const read = await readOrCreate();
  if (!read.ok) return problem(`Allow the operator's ServiceAccount to get or create it: ${describeFailure(read)}.`);
  if (!tokens.use(tokenOf(read.value))) return problem(`Write one token into its key \`${KEY}\`, or two lines.`);

  const reflector = reflect<RawSecret, { readonly uid: string; readonly text: string }>({
    kube,
    clock,
    log,
    path: secretsPath(namespace),
    // With a single name in it, a Role may be limited to that name.
    query: { fieldSelector: `metadata.name=${name}` },
    project: (raw) => (raw.metadata.name === name ? { uid: raw.metadata.uid, text: tokenOf(raw) } : null),
    key: ({ uid }) => uid,
    onChange(_uid, now) {
      const told = { secret: `${namespace}/${name}` };
      if (now === undefined) log.warn('control token Secret is gone; the last token stays in force', told);
      else if (!tokens.use(now.text)) log.warn('control token Secret is not usable; the last token stays', told);
      else log.info('control token in force', told);
    },
    optional: true,
  });
  return {
    ok: true,
    token: {
      get current() {
        return tokens.current;
      },
      isAuthorized: (header) => tokens.isAuthorized(header),
      close: () => reflector.stop(),
    },
  };

  /** Two replicas may start at once: whichever creates it, both read the same. */
  async function readOrCreate(): Promise<KubeResult<RawSecret>> {
    let failure: KubeFailure | undefined;
    for (let attempt = 0; attempt < ATTEMPTS; attempt++) {
      if (attempt > 0) await new Promise<void>((resolve) => void clock.after(RETRY_MS, resolve));
      const known = await kube.request<RawSecret>({ method: 'GET', path: secretPath(namespace, name) });
      if (known.ok) return known;
      failure = known;
      if (known.status === 404) {
        const made = await create();
        if (made.ok) log.info('control token made', { secret: `${namespace}/${name}` });
        if (made.ok) return made;
        failure = made;
      }
      if (failure.status === 403) return failure;
      log.warn('control token Secret not read yet', { problem: describeFailure(failure) });
    }
    return failure!;
  }

  function create(): Promise<KubeResult<RawSecret>> {
    return kube.request<RawSecret>({
      method: 'POST',
      path: secretsPath(namespace),
      query: { fieldManager: FIELD_MANAGER },
      body: {
        apiVersion: 'v1',
        kind: 'Secret',
        metadata: { name, namespace, labels: { 'app.kubernetes.io/part-of': 'rouse' } },
        type: 'Opaque',
        data: { [KEY]: Buffer.from(randomBytes(TOKEN_BYTES).toString('base64url')).toString('base64') },
      },
    });
  }
}

function tokenOf(secret: RawSecret): string {
  return Buffer.from(secret.data?.[KEY] ?? '', 'base64').toString('utf8');
}
