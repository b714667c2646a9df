/**
 * The shipped ways in: each example is read as it stands, and the request that it makes of a client's is sent to a
 * proxy. No Ingress or Gateway controller runs here.
 */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { parseAllDocuments } from 'yaml';
import { hands } from '../hands.ts';
import type { System } from '../system.ts';

const deploy = join(import.meta.dirname, '../../deploy');

/** The fields of the examples that lead a request. */
interface Example {
  readonly kind?: string;
  readonly metadata: {
    readonly name?: string;
    readonly namespace?: string;
    readonly annotations?: Readonly<Record<string, string>>;
    readonly labels?: Readonly<Record<string, string>>;
  };
  readonly spec?: {
    readonly externalName?: string;
    readonly selector?: Readonly<Record<string, string>>;
    readonly ports?: readonly { readonly name: string; readonly port: number; readonly targetPort?: string }[];
    readonly hostnames?: readonly string[];
    readonly from?: readonly object[];
    readonly to?: readonly object[];
    readonly rules?: readonly {
      readonly host?: string;
      readonly http?: { readonly paths: readonly { readonly backend: { readonly service: ServiceRef } }[] };
      readonly backendRefs?: readonly { readonly name: string; readonly namespace: string; readonly port: number }[];
    }[];
  };
}

interface ServiceRef {
  readonly name: string;
  readonly port: { readonly name: string };
}

function read(path: string): readonly Example[] {
  return parseAllDocuments(readFileSync(join(deploy, path), 'utf8')).map((document) => {
    expect(document.errors).toEqual([]);
    return document.toJS() as Example;
  });
}

const named = (objects: readonly Example[], kind: string, name: string) =>
  objects.find((each) => each.kind === kind && each.metadata.name === name)!;

/** Ports on which a Service of that DNS name leads to the proxy's port for traffic. */
function portsToProxy(dnsName: string | undefined, objects: readonly Example[]): readonly number[] {
  const [name, namespace, ...rest] = (dnsName ?? '').split('.');
  expect(rest.join('.')).toBe('svc.cluster.local');
  const service = [...read('base/proxy.yaml'), ...objects].find(
    ({ kind, metadata }) => kind === 'Service' && metadata.name === name && metadata.namespace === namespace,
  );
  expect(service?.spec?.selector).toEqual({ 'app.kubernetes.io/name': 'rouse-proxy' });
  return service!.spec!.ports!.filter(({ targetPort }) => targetPort === 'http').map(({ port }) => port);
}

/** The annotation that an example's comment tells to set on the Deployment. */
function annotated(path: string): Readonly<Record<string, string>> {
  const [, key, value] = /^# {3}kubectl annotate deployment hello (\S+?)=(\S+)$/m.exec(
    readFileSync(join(deploy, path), 'utf8'),
  )!;
  return { [key!]: value! };
}

export function trafficInCases(system: () => System): void {
  const { ask, create, ready, remove } = hands(system);
  const through = async (host: string) => {
    const { status, headers, body } = await ask('', '/', { host });
    return { status, error: headers['x-rouse-error'], body };
  };

  describe('the shipped ways in', () => {
    beforeAll(async () => {
      const ingress = annotated('examples/ingress.yaml');
      expect(annotated('examples/gateway.yaml')).toEqual(ingress);
      const [patch] = read('examples/short-name.yaml');
      expect(patch!.metadata.annotations).toEqual(annotated('examples/short-name.yaml'));
      const routes = [ingress, patch!.metadata.annotations!].map((each) => each['rouse.dev/routes']);
      const awake = { 'autoscaling.knative.dev/min-scale': '1' };
      await create({ name: 'hello', annotations: { ...awake, 'rouse.dev/routes': routes.join(',') } });
      await create({ name: 'other', annotations: awake });
      await ready('hello', 1);
      await ready('other', 1);
    });
    afterAll(async () => {
      for (const name of ['hello', 'other']) await remove(name);
    });

    test('an Ingress reaches the proxy by an ExternalName Service of its namespace, and its host leads to the app', async () => {
      const objects = read('examples/ingress.yaml');
      const { spec, metadata } = named(objects, 'Ingress', 'hello');
      const [rule] = spec!.rules!;
      const { service } = rule!.http!.paths[0]!.backend;
      const backend = named(objects, 'Service', service.name);
      expect(backend.metadata.namespace).toBe(metadata.namespace);
      const { port } = backend.spec!.ports!.find(({ name }) => name === service.port.name)!;
      expect(portsToProxy(backend.spec!.externalName, objects)).toContain(port);
      expect(await through(rule!.host!)).toMatchObject({ status: 200 });
    });

    test('an HTTPRoute is granted its reference to the proxy, and its host leads to the app', async () => {
      const objects = read('examples/gateway.yaml');
      const { spec, metadata } = named(objects, 'HTTPRoute', 'hello');
      const { name, namespace, port } = spec!.rules![0]!.backendRefs![0]!;
      expect(portsToProxy(`${name}.${namespace}.svc.cluster.local`, objects)).toContain(port);
      const grant = named(objects, 'ReferenceGrant', 'routes-of-default');
      expect(grant.metadata.namespace).toBe(namespace);
      const from = { group: 'gateway.networking.k8s.io', kind: 'HTTPRoute', namespace: metadata.namespace };
      expect(grant.spec!.from).toEqual([from]);
      expect(grant.spec!.to).toEqual([{ group: '', kind: 'Service', name }]);
      expect(await through(spec!.hostnames![0]!)).toMatchObject({ status: 200 });
    });

    test("in the cluster the Service's own names lead to the app on its own port", async () => {
      const objects = read('examples/in-cluster.yaml');
      const { spec } = named(objects, 'Service', 'hello');
      const { port } = spec!.ports![0]!;
      expect(portsToProxy(spec!.externalName, objects)).toContain(port);
      for (const host of ['hello.default', 'hello.default.svc', 'hello.default.svc.cluster.local']) {
        expect(await through(`${host}:${port}`), host).toMatchObject({ status: 200 });
      }
    });

    test('the short name is nobody’s until a Deployment claims it, and the answer says how', async () => {
      expect(await through('hello:8080')).toMatchObject({ status: 200 });
      const unclaimed = await through('other:8080');
      expect(unclaimed).toMatchObject({ status: 404, error: 'no-route' });
      expect(unclaimed.body).toContain('rouse.dev/routes');
    });
  });
}
