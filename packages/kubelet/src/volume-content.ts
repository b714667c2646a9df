/** The files of a pod's volumes, as names and contents, from Secrets, ConfigMaps, its own fields and tokens. */
import { configMapPath, describeFailure, type Kube, secretPath } from '@rouse/kube';
import { fieldValue, type PodAddresses } from './field-ref.ts';
import type { DownwardItem, KeyItem, Pod, Volume, VolumeSource } from './pod.ts';

export interface VolumeContent {
  /** Path below the volume → content. */
  readonly files: ReadonlyMap<string, Buffer>;
  /** ms until something in it must be renewed; Infinity where nothing runs out. */
  readonly validMs: number;
}

export type VolumeContentResult =
  | { readonly ok: true; readonly content: VolumeContent }
  /** `message` as a kubelet's FailedMount Event has it. */
  | { readonly ok: false; readonly message: string };

export interface VolumeContentSource {
  readonly kube: Kube;
  readonly addresses: PodAddresses;
  /** ms after which a token is renewed however long it is valid; by its life alone by default. */
  readonly tokenRefreshMs?: number;
}

const TOKEN_SECONDS = 3600;
/** A token is renewed when this part of its life is over (kubelet: token manager). */
const TOKEN_LIFE = 0.8;

/** Unwinds to `volumeContent`, which makes a value of it. */
class Missing extends Error {}

/** Reads all of it from the API anew. Never rejects. */
export async function volumeContent(
  source: VolumeContentSource,
  pod: Pod,
  volume: Volume,
): Promise<VolumeContentResult> {
  const files = new Map<string, Buffer>();
  let validMs = Number.POSITIVE_INFINITY;
  try {
    for (const each of volume.projected?.sources ?? [volume]) {
      if (each.serviceAccountToken !== undefined) {
        const seconds = each.serviceAccountToken.expirationSeconds ?? TOKEN_SECONDS;
        files.set(each.serviceAccountToken.path, await token(source, pod, each.serviceAccountToken.audience, seconds));
        validMs = Math.min(validMs, seconds * 1000 * TOKEN_LIFE, source.tokenRefreshMs ?? Number.POSITIVE_INFINITY);
      } else for (const [path, bytes] of await filesOf(source, pod, each)) files.set(path, bytes);
    }
  } catch (error) {
    if (!(error instanceof Missing)) throw error;
    return {
      ok: false,
      message: `MountVolume.SetUp failed for volume ${JSON.stringify(volume.name)} : ${error.message}`,
    };
  }
  return { ok: true, content: { files, validMs } };
}

async function filesOf(
  { kube, addresses }: VolumeContentSource,
  pod: Pod,
  volume: VolumeSource,
): Promise<ReadonlyMap<string, Buffer>> {
  const { secret, configMap, downwardAPI, emptyDir } = volume;
  const { namespace } = pod.metadata;
  if (secret !== undefined) {
    const name = secret.secretName ?? secret.name ?? '';
    const read = await data(kube, 'secret', secretPath(namespace, name), secret.optional === true, name);
    return picked(read, 'base64', secret.items, name);
  }
  if (configMap !== undefined) {
    const name = configMap.name ?? '';
    const read = await data(kube, 'configmap', configMapPath(namespace, name), configMap.optional === true, name);
    return picked(read, 'utf8', configMap.items, name);
  }
  if (downwardAPI !== undefined) {
    return new Map((downwardAPI.items ?? []).map((item) => [item.path, Buffer.from(ownField(pod, item, addresses))]));
  }
  if (emptyDir !== undefined) return new Map();
  throw new Missing('volumes of this kind are not made here');
}

function ownField(pod: Pod, { fieldRef }: DownwardItem, addresses: PodAddresses): string {
  const value = fieldRef && fieldValue(pod, fieldRef.fieldPath, addresses);
  if (value === undefined) throw new Missing(`unsupported fieldPath: ${fieldRef?.fieldPath ?? 'none'}`);
  return value;
}

/** Undefined where it is optional and not there. */
async function data(
  kube: Kube,
  kind: string,
  path: string,
  optional: boolean,
  name: string,
): Promise<Readonly<Record<string, string>> | undefined> {
  const result = await kube.request<{ readonly data?: Readonly<Record<string, string>> }>({ method: 'GET', path });
  if (result.ok) return result.value.data ?? {};
  if (result.status !== 404) throw new Missing(describeFailure(result));
  if (optional) return undefined;
  throw new Missing(`${kind} ${JSON.stringify(name)} not found`);
}

function picked(
  all: Readonly<Record<string, string>> | undefined,
  encoding: BufferEncoding,
  items: readonly KeyItem[] | undefined,
  name: string,
): ReadonlyMap<string, Buffer> {
  const values = new Map(Object.entries(all ?? {}));
  const wanted = items ?? [...values.keys()].map((key) => ({ key, path: key }));
  const files = new Map<string, Buffer>();
  for (const { key, path } of all === undefined ? [] : wanted) {
    const value = values.get(key);
    if (value === undefined) throw new Missing(`references non-existent key in ${name}: ${key}`);
    files.set(path, Buffer.from(value, encoding));
  }
  return files;
}

/** Bound to the pod: it ends with it. */
async function token(
  { kube }: VolumeContentSource,
  pod: Pod,
  audience: string | undefined,
  expirationSeconds: number,
): Promise<Buffer> {
  const { namespace, name, uid } = pod.metadata;
  const account = pod.spec.serviceAccountName ?? 'default';
  const result = await kube.request<{ readonly status: { readonly token: string } }>({
    method: 'POST',
    path: `/api/v1/namespaces/${namespace}/serviceaccounts/${account}/token`,
    body: {
      apiVersion: 'authentication.k8s.io/v1',
      kind: 'TokenRequest',
      spec: {
        expirationSeconds,
        audiences: audience === undefined ? [] : [audience],
        boundObjectRef: { apiVersion: 'v1', kind: 'Pod', name, uid },
      },
    },
  });
  if (!result.ok) throw new Missing(`failed to fetch token: ${describeFailure(result)}`);
  return Buffer.from(result.value.status.token);
}
