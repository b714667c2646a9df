/** The shipped manifests as the real kubectl and helm render them. Whether a cluster takes them is the cluster suite's part. */
import { execFileSync, spawnSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { parseAllDocuments } from 'yaml';
import { findHelm, findKubectl } from './kubectl.ts';

const deploy = join(import.meta.dirname, '../deploy');
const kubectl = findKubectl();
const helm = findHelm();
if (kubectl === undefined || helm === undefined) {
  console.log('rendering tests skipped: no kubectl or no helm (node e2e/kubectl.ts fetches both)');
}

interface Manifest {
  readonly kind: string;
  readonly metadata: { readonly name: string; readonly namespace?: string };
  readonly [field: string]: unknown;
}

/** By kind, namespace and name. */
function objectsOf(yaml: string): Map<string, Manifest> {
  const objects = parseAllDocuments(yaml).flatMap((document) => {
    expect(document.errors).toEqual([]);
    const object = document.toJS() as Manifest | null;
    return object === null ? [] : [object];
  });
  return new Map(objects.map((each) => [`${each.kind} ${each.metadata.namespace ?? ''}/${each.metadata.name}`, each]));
}

const rendered = () => objectsOf(readFileSync(join(deploy, 'rouse.yaml'), 'utf8'));
const kustomize = (folder: string) =>
  objectsOf(execFileSync(kubectl!, ['kustomize', join(deploy, folder)], { encoding: 'utf8' }));
const chart = (...args: string[]) => {
  const all = ['template', 'rouse', join(deploy, 'chart'), '--namespace', 'rouse-system', '--no-hooks', ...args];
  return spawnSync(helm!, all, { encoding: 'utf8' });
};
const charted = (...args: string[]) => {
  const { stdout, stderr } = chart(...args);
  expect(stderr).toBe('');
  return objectsOf(stdout);
};
/** Without what the chart leaves to `--create-namespace`. */
const without = (objects: Map<string, Manifest>, ...keys: string[]) => {
  for (const key of keys) expect(objects.delete(key)).toBe(true);
  return objects;
};
const NAMESPACE = 'Namespace /rouse-system';
const POLICIES = ['', 'Binding'].map((kind) => `ValidatingAdmissionPolicy${kind} /rouse-annotations`);

test.skipIf(kubectl === undefined)('the one file holds what kustomize makes of the base', () => {
  expect(kustomize('base')).toEqual(rendered());
});

test.skipIf(kubectl === undefined)('high availability is two operators and three proxies on different nodes', () => {
  const objects = kustomize('overlays/high-availability');
  expect([...objects.keys()].sort()).toEqual([...rendered().keys()].sort());
  for (const [name, replicas] of [
    ['operator', 2],
    ['proxy', 3],
  ] as const) {
    const topologyKey = 'kubernetes.io/hostname';
    expect(objects.get(`Deployment rouse-system/rouse-${name}`)).toMatchObject({
      spec: {
        replicas,
        template: { spec: { topologySpreadConstraints: [{ topologyKey, whenUnsatisfiable: 'DoNotSchedule' }] } },
      },
    });
  }
});

test.skipIf(kubectl === undefined)('one namespace needs nothing outside of it', () => {
  const objects = [...kustomize('overlays/one-namespace').values()];
  expect(new Set(objects.map(({ metadata }) => metadata.namespace))).toEqual(new Set(['my-namespace']));
  const subjects = objects.flatMap(({ subjects }) => subjects ?? []);
  expect(subjects).toHaveLength(2);
  for (const subject of subjects) expect(subject).toMatchObject({ namespace: 'my-namespace' });
  const operator = objects.find(({ kind, metadata }) => kind === 'Deployment' && metadata.name === 'rouse-operator');
  expect(JSON.stringify(operator)).toContain('"--namespaces=$(POD_NAMESPACE)"');
});

test.skipIf(helm === undefined)('the chart with its defaults holds the same objects as the one file', () => {
  const objects = charted('--set', 'controlToken.create=false');
  expect(objects).toEqual(without(rendered(), NAMESPACE));
});

test.skipIf(helm === undefined)('a chart that makes the token lets the operator make none', () => {
  const objects = charted();
  const secret = objects.get('Secret rouse-system/rouse-control-token') as unknown as { data: { token: string } };
  expect(Buffer.from(secret.data.token, 'base64').toString()).toMatch(/^[A-Za-z0-9]{43}$/);
  const role = JSON.stringify(objects.get('Role rouse-system/rouse-operator'));
  expect(role).not.toContain('["secrets"],"verbs":["create"]');
  const yours = charted('--set', 'controlToken.existingSecret=mine');
  expect(yours.has('Secret rouse-system/rouse-control-token')).toBe(false);
  expect(JSON.stringify(yours.get('Deployment rouse-system/rouse-proxy'))).toContain('"secretName":"mine"');
});

test.skipIf(helm === undefined || kubectl === undefined)('optional parts are those of the kustomize components', () => {
  const set = ['controlToken.create=false', 'podDeletionCost.enabled=true'];
  expect(charted('--set', set.join(','))).toEqual(without(kustomize('overlays/pod-deletion-cost'), NAMESPACE));
  const withKserve = charted('--set', 'controlToken.create=false,kserve.enabled=true');
  expect(withKserve).toEqual(without(kustomize('overlays/kserve'), NAMESPACE));
  const watched = charted('--set', 'monitoring.serviceMonitors=true,monitoring.alerts=true');
  const monitoring = ['service-monitors.yaml', 'alerts.yaml'].map((file) =>
    objectsOf(readFileSync(join(deploy, 'components/monitoring', file), 'utf8')),
  );
  for (const [key, object] of monitoring.flatMap((each) => [...each])) expect(watched.get(key)).toEqual(object);
});

test.skipIf(helm === undefined)('some namespaces are given by Roles, and nothing is cluster-wide', () => {
  const objects = charted('--set', 'namespaces={a,b}');
  expect([...objects.values()].filter(({ metadata }) => metadata.namespace === undefined)).toEqual([]);
  for (const key of POLICIES) expect(objects.has(key)).toBe(false);
  for (const namespace of ['a', 'b']) expect(objects.has(`Role ${namespace}/rouse-operator-workloads`)).toBe(true);
  expect(JSON.stringify(objects.get('Deployment rouse-system/rouse-operator'))).toContain('"--namespaces=a,b"');
  const reading = charted('--set', 'namespaces={a},kserve.enabled=true');
  expect([...reading.values()].filter(({ metadata }) => metadata.namespace === undefined)).toEqual([]);
  expect(JSON.stringify(reading.get('Role a/rouse-operator-workloads'))).toContain('"inferenceservices"');
});

test.skipIf(helm === undefined)(
  'before a release is deleted a Job wakes everything with the account of the operator',
  () => {
    const args = ['template', 'rouse', join(deploy, 'chart'), '--namespace', 'mine', '--set', 'namespaces={a}'];
    const hooked = objectsOf(execFileSync(helm!, args, { encoding: 'utf8' }));
    expect(hooked.get('Job mine/rouse-wake')).toMatchObject({
      metadata: { annotations: { 'helm.sh/hook': 'pre-delete' } },
      spec: {
        template: {
          spec: {
            serviceAccountName: 'rouse-operator',
            containers: [
              {
                command: ['node', 'operator/src/uninstall/main.ts'],
                args: ['--wake-only', '--namespace=mine', '--namespaces=a'],
              },
            ],
          },
        },
      },
    });
    // Not one of the operator's own pods: the hook waits until there are none.
    expect(JSON.stringify(hooked.get('Job mine/rouse-wake'))).not.toContain(
      '"app.kubernetes.io/name":"rouse-operator"',
    );
    expect(JSON.stringify(hooked.get('Role mine/rouse-operator'))).toContain(
      '"resourceNames":["rouse-operator"],"verbs":["get","patch"]',
    );
  },
);

test.skipIf(helm === undefined)('flags and configuration are written as the daemons read them', () => {
  const flags = 'proxy.flags={"trusted-proxies":["10.0.0.0/8","::1"],"max-connections":1000000,"shutdown-delay":"10s"}';
  const config = 'config={"max-scale":20,"panic-window-percentage":12.5,"enable-scale-to-zero":false}';
  const objects = charted('--set-json', flags, '--set-json', config);
  const { spec } = objects.get('Deployment rouse-system/rouse-proxy') as unknown as {
    spec: { template: { spec: { containers: { args: string[] }[] } } };
  };
  const wanted = ['--max-connections=1000000', '--shutdown-delay=10s', '--trusted-proxies=10.0.0.0/8,::1'];
  expect(spec.template.spec.containers[0]!.args.slice(-3)).toEqual(wanted);
  expect(objects.get('ConfigMap rouse-system/rouse-config')).toMatchObject({
    data: { 'max-scale': '20', 'panic-window-percentage': '12.5', 'enable-scale-to-zero': 'false' },
  });
});

test.skipIf(helm === undefined)('a proxy that would be killed while it drains is refused, with what would do', () => {
  for (const set of ['proxy.flags.shutdown-timeout=2m', 'proxy.terminationGracePeriodSeconds=60']) {
    const { status, stderr } = chart('--set', set);
    expect(status, set).not.toBe(0);
    expect(stderr).toMatch(/terminationGracePeriodSeconds is \d+; accepted: at least (130|70) /);
  }
  const both = 'proxy.flags.shutdown-timeout=2m,proxy.terminationGracePeriodSeconds=130';
  expect(JSON.stringify([...charted('--set', both).values()])).toContain('"terminationGracePeriodSeconds":130');
});

test.skipIf(helm === undefined)('values that are no value, no flag or none of the chart are refused by name', () => {
  for (const [set, named] of [
    ['proxy.flags.shutdown-delay=soon', '/proxy/flags/shutdown-delay'],
    ['proxy.flags.shutdown-dealy=5s', 'shutdown-dealy'],
    ['operator.flags.max-wake-step=0', '/operator/flags/max-wake-step'],
    ['operator.flags.api-bind=127.0.0.1', 'api-bind'],
    ['config.stable-windw=60s', 'stable-windw'],
    ['proxyy.replicas=3', 'proxyy'],
  ] as const) {
    const { status, stderr } = chart('--set', set);
    expect(status, set).not.toBe(0);
    expect(stderr).toContain(named);
  }
});
