/** `npm run cluster`: a real Kubernetes control plane with Rouse on it, for a person, until Ctrl-C. */
import { existsSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { until } from '@rouse/contract/testing';
import { freePorts, isFree } from '../ports.ts';
import { descendants } from '../processes.ts';
import { findBinaries } from './binaries.ts';
import { writeKubeconfig } from './kubeconfig.ts';
import { findNamespace, type NetworkNamespace } from './network-namespace.ts';
import { relaySockets } from './socket-relay.ts';

const HELP = `Starts etcd, kube-apiserver, kube-controller-manager, kube-scheduler and two nodes in a network of their own.

  npm run cluster            with Rouse, from deploy/rouse.yaml
  npm run cluster -- --bare  without it
  npm run cluster -- --nodes 3

Needs Linux, Go (or KUBEBUILDER_ASSETS), openssl and iproute2. Ctrl-C ends it; nothing is kept.`;
const READY_MS = 180_000;
/** Name of the socket inside → port that it is reached at, where that is free. */
const PORTS = { api: 6443, proxy: 8080, operator: 9090 };

const { values } = parseArgs({
  options: {
    bare: { type: 'boolean', default: false },
    nodes: { type: 'string', default: '2' },
    help: { type: 'boolean', default: false },
  },
});
// The relays listen to the end.
process.exit(values.help ? help() : await start(values.bare, values.nodes));

function help(): number {
  console.log(HELP);
  return 0;
}

async function start(bare: boolean, nodes: string): Promise<number> {
  if (!/^(?:[1-9]|1\d|20)$/.test(nodes)) return refuse(`--nodes ${nodes}: give a number from 1 to 20`);
  const found = await findNamespace();
  if (!found.ok) return refuse(`the cluster needs ${found.reason}`);
  const binaries = await findBinaries((line) => console.log(line));
  if (!binaries.ok) return refuse(`the cluster needs ${binaries.reason}`);
  const folder = mkdtempSync(join(tmpdir(), 'rouse-cluster-'));
  try {
    const inside = [process.execPath, join(import.meta.dirname, 'start-inside.ts'), folder, nodes];
    const running = found.namespace.run(bare ? [...inside, '--bare'] : inside);
    const ended = running.then(() => 'ended' as const);
    const ready = until(() => existsSync(join(folder, 'ready')), 'the cluster', READY_MS).then(() => 'ready' as const);
    if ((await Promise.race([ended, ready])) === 'ready') await greet(found.namespace, folder, bare);
    return await running;
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

function refuse(message: string): number {
  console.error(message);
  return 1;
}

/** The sockets inside get ports outside; whoever has kubectl needs no more. */
async function greet(namespace: NetworkNamespace, folder: string, bare: boolean): Promise<void> {
  const api = await open(folder, 'api');
  const kubeconfig = writeKubeconfig(join(folder, 'kubeconfig'), {
    server: `https://127.0.0.1:${api}`,
    ca: join(folder, 'certificates/rouse-test.crt'),
    identity: {
      certificate: { cert: join(folder, 'certificates/admin.crt'), key: join(folder, 'certificates/admin.key') },
    },
  });
  // The first one is `unshare`, which stays outside.
  const inside = descendants(process.pid)[1]!;
  console.log(`
kubectl     export KUBECONFIG=${kubeconfig}
            kubectl get nodes
pods        answer inside: ${namespace.enter(inside)} curl http://POD-IP:8080
logs        ${join(folder, 'logs')}`);
  if (!bare) {
    const [proxy, operator] = [await open(folder, 'proxy'), await open(folder, 'operator')];
    console.log(`requests    curl -H 'Host: NAME.NAMESPACE.example.com' http://localhost:${proxy}
operator    http://localhost:${operator}, with the bearer token of the Secret rouse-control-token`);
  }
  console.log('Ctrl-C ends it.');
}

async function open(folder: string, name: keyof typeof PORTS): Promise<number> {
  const usual = PORTS[name];
  const port = (await isFree(usual)) ? usual : (await freePorts(1))[0]!;
  await relaySockets({ host: '127.0.0.1', port }, () => ({ path: join(folder, `${name}.sock`) }));
  return port;
}
