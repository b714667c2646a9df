/** The environment of a container: what the machine gives, what the node sets, and what the manifest says. */
import { configMapPath, describeFailure, type Kube, secretPath } from '@rouse/kube';
import { expand } from './expand.ts';
import { fieldValue, type PodAddresses } from './field-ref.ts';
import type { Container, EnvFrom, EnvVar, Pod } from './pod.ts';
import { type NodeCapacity, resourceValue } from './resource-ref.ts';

export interface EnvironmentSource {
  readonly kube: Kube;
  readonly addresses: PodAddresses;
  readonly node: NodeCapacity;
  /** Of this process; only what `INHERITED` names is passed on, so no token of ours leaks. */
  readonly baseEnv: Readonly<Record<string, string | undefined>>;
  /** What a node sets by itself, such as the address of the API. */
  readonly nodeEnv?: Readonly<Record<string, string>>;
}

export interface Environment {
  /** All that the process gets. */
  readonly all: Readonly<Record<string, string>>;
  /** What `$(NAME)` in command and args may name: all but what the machine gave. */
  readonly references: ReadonlyMap<string, string>;
}

export type EnvironmentResult =
  | { readonly ok: true; readonly value: Environment }
  /** `message` as a kubelet writes it beside CreateContainerConfigError. */
  | { readonly ok: false; readonly message: string };

/** What an image would bring: enough to find programs, write temporary files and print text. */
const INHERITED = ['PATH', 'HOME', 'TMPDIR', 'LANG'];

/** Later entries win: inherited; the node's; PORT, HOST and POD_IP; envFrom in order; env in order (kubelet: makeEnvironment). */
export async function environmentOf(
  source: EnvironmentSource,
  pod: Pod,
  container: Container,
): Promise<EnvironmentResult> {
  const values = new Map(Object.entries(source.nodeEnv ?? {}));
  const { podIp } = source.addresses;
  const port = firstPort(container) ?? pod.spec.containers.map(firstPort).find((each) => each !== undefined);
  if (port !== undefined) values.set('PORT', String(port));
  values.set('HOST', podIp).set('POD_IP', podIp);
  try {
    const objects = objectReader(source.kube, pod.metadata.namespace);
    for (const from of container.envFrom ?? []) await addAll(values, from, objects);
    for (const entry of container.env ?? []) await addOne(values, entry, { source, pod, container, objects });
  } catch (error) {
    if (error instanceof MissingReference) return { ok: false, message: error.message };
    throw error;
  }
  const inherited = INHERITED.flatMap((name) => {
    const value = source.baseEnv[name];
    return value === undefined ? [] : [[name, value] as const];
  });
  return { ok: true, value: { all: Object.fromEntries([...inherited, ...values]), references: values } };
}

function firstPort(container: Container): number | undefined {
  return container.ports?.[0]?.containerPort;
}

/** Unwinds to `environmentOf`, which makes a value of it. */
class MissingReference extends Error {}

type ObjectReader = (kind: 'secret' | 'configmap', name: string) => Promise<ReadonlyMap<string, string> | undefined>;

/** Reads each object once for one container start; undefined when it does not exist. */
function objectReader(kube: Kube, namespace: string): ObjectReader {
  const read = new Map<string, ReadonlyMap<string, string> | undefined>();
  return async (kind, name) => {
    const key = `${kind}/${name}`;
    if (read.has(key)) return read.get(key);
    const path = kind === 'secret' ? secretPath(namespace, name) : configMapPath(namespace, name);
    const result = await kube.request<{ readonly data?: Readonly<Record<string, string>> | null }>({
      method: 'GET',
      path,
    });
    if (!result.ok && result.status !== 404) {
      throw new MissingReference(`${kind} ${JSON.stringify(name)}: ${describeFailure(result)}`);
    }
    const data = result.ok
      ? new Map(
          Object.entries(result.value.data ?? {}).map(([field, text]) => [
            field,
            kind === 'secret' ? decode(text) : text,
          ]),
        )
      : undefined;
    read.set(key, data);
    return data;
  };
}

function decode(base64: string): string {
  return Buffer.from(base64, 'base64').toString('utf8');
}

async function addAll(values: Map<string, string>, from: EnvFrom, objects: ObjectReader): Promise<void> {
  for (const [kind, ref] of [
    ['configmap', from.configMapRef],
    ['secret', from.secretRef],
  ] as const) {
    if (ref === undefined) continue;
    const data = await objects(kind, ref.name);
    if (data === undefined && ref.optional !== true)
      throw new MissingReference(`${kind} ${JSON.stringify(ref.name)} not found`);
    for (const [key, value] of data ?? []) values.set(`${from.prefix ?? ''}${key}`, value);
  }
}

interface Scope {
  readonly source: EnvironmentSource;
  readonly pod: Pod;
  readonly container: Container;
  readonly objects: ObjectReader;
}

async function addOne(values: Map<string, string>, entry: EnvVar, scope: Scope): Promise<void> {
  const from = entry.valueFrom;
  if (from === undefined || (entry.value !== undefined && entry.value !== '')) {
    values.set(entry.name, expand(entry.value ?? '', values));
    return;
  }
  const keyed =
    from.secretKeyRef !== undefined
      ? (['secret', 'Secret', from.secretKeyRef] as const)
      : from.configMapKeyRef !== undefined
        ? (['configmap', 'ConfigMap', from.configMapKeyRef] as const)
        : undefined;
  if (keyed !== undefined) {
    const [kind, title, ref] = keyed;
    const data = await scope.objects(kind, ref.name);
    const value = data?.get(ref.key);
    if (value !== undefined) values.set(entry.name, value);
    else if (ref.optional !== true) {
      const where = `${title} ${scope.pod.metadata.namespace}/${ref.name}`;
      throw new MissingReference(
        data === undefined
          ? `${kind} ${JSON.stringify(ref.name)} not found`
          : `couldn't find key ${ref.key} in ${where}`,
      );
    }
    return;
  }
  values.set(entry.name, ownValue(entry, scope));
}

function ownValue(entry: EnvVar, { source, pod, container }: Scope): string {
  const { fieldRef, resourceFieldRef } = entry.valueFrom!;
  if (fieldRef !== undefined) {
    const value = fieldValue(pod, fieldRef.fieldPath, source.addresses);
    if (value === undefined)
      throw new MissingReference(`env ${entry.name}: unsupported fieldPath: ${fieldRef.fieldPath}`);
    return value;
  }
  if (resourceFieldRef !== undefined) {
    const name = resourceFieldRef.containerName ?? container.name;
    const named = pod.spec.containers.find((each) => each.name === name);
    if (named === undefined) throw new MissingReference(`env ${entry.name}: container ${name} not found`);
    const value = resourceValue(named, resourceFieldRef, source.node);
    if (value === undefined)
      throw new MissingReference(`env ${entry.name}: unsupported container resource: ${resourceFieldRef.resource}`);
    return value;
  }
  throw new MissingReference(
    `env ${entry.name}: valueFrom names none of secretKeyRef, configMapKeyRef, fieldRef, resourceFieldRef`,
  );
}
