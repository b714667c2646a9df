/** A network of its own, for a cluster or an attack: pods have real addresses of 10.244.0.0/16, and nothing of it outlives its starter. */
import { execFile, spawn } from 'node:child_process';

/** Pod addresses. Any process in the namespace can bind any of them. */
export const POD_RANGE = '10.244.0.0/16';

/** Set for every process inside. */
const INSIDE = 'ROUSE_CLUSTER_NAMESPACE';

/**
 * Both namespaces end with their first process: the kernel kills every process of a PID namespace with it, and that
 * one gets SIGKILL when the process that entered it is gone. So not even kill -9 of the test runner leaves an orphan.
 * `setpriv` comes after a change of user, which would reset what it sets, and holds for what it executes only.
 */
const OWN = ['setpriv', '--pdeathsig', 'KILL', 'unshare', '--net', '--pid', '--mount-proc', '--fork', '--kill-child'];
/** `/run` is its own too, so that pods may have volumes there without a trace on the machine. */
const UP = `ip link set lo up && ip route add local ${POD_RANGE} dev lo && mount -t tmpfs tmpfs /run && export ${INSIDE}=1 && exec "$@"`;
const SETUP = ['sh', '-c', UP, 'sh'];
/** As root; else as root of a user namespace, where the machine allows that. */
const WAYS: readonly (readonly string[])[] = [OWN, ['unshare', '--map-root-user', ...OWN]];

/** True in a process that `NetworkNamespace.run` has started, or that such a one has. */
export function isInside(): boolean {
  return process.env[INSIDE] !== undefined;
}

export type NamespaceResult =
  | { readonly ok: true; readonly namespace: NetworkNamespace }
  /** `reason` completes "… needs …". */
  | { readonly ok: false; readonly reason: string };

export interface RunOptions {
  /** Gets what it prints, in place of the terminal. */
  onOutput?(chunk: Buffer): void;
}

export interface NetworkNamespace {
  /**
   * Runs a command inside until it ends. It is the first process there: whatever it leaves behind is killed.
   * @returns its exit code; 128 and more for a signal
   */
  run(command: readonly string[], options?: RunOptions): Promise<number>;
  /** What a person types before a command to run it beside process `pid` of the inside. */
  enter(pid: number): string;
}

/** Finds out how this machine gives a process a network of its own. */
export async function findNamespace(): Promise<NamespaceResult> {
  if (process.platform !== 'linux') return { ok: false, reason: 'Linux, for network namespaces' };
  const faults: string[] = [];
  for (const way of WAYS) {
    const fault = await tryOnce([...way, ...SETUP, 'true']);
    if (fault === undefined) return { ok: true, namespace: namespaceBy(way) };
    faults.push(fault);
  }
  return { ok: false, reason: `unshare, setpriv, ip, and leave to make a network namespace (${faults.join('; ')})` };
}

function namespaceBy(way: readonly string[]): NetworkNamespace {
  const user = way === OWN ? '' : ' --user --preserve-credentials';
  return {
    run: (command, options = {}) => run(way, command, options),
    enter: (pid) => `nsenter -t ${pid}${user} --net`,
  };
}

function tryOnce([program, ...args]: readonly string[]): Promise<string | undefined> {
  return new Promise((resolve) => {
    execFile(program!, args, { timeout: 10_000 }, (error, _stdout, stderr) => {
      if (error === null) resolve(undefined);
      else resolve(stderr.trim().split('\n').at(-1) || error.message);
    });
  });
}

function run(way: readonly string[], command: readonly string[], { onOutput }: RunOptions): Promise<number> {
  const [program, ...args] = [...way, ...SETUP, ...command];
  const output = onOutput === undefined ? 'inherit' : 'pipe';
  const child = spawn(program!, args, { stdio: ['inherit', output, output] });
  for (const stream of [child.stdout, child.stderr]) stream?.on('data', (chunk: Buffer) => onOutput?.(chunk));
  const kill = (): void => void child.kill('SIGKILL');
  // The terminal's Ctrl-C reaches the inside too, which ends in its own time; a second one does not wait for that.
  let interrupts = 0;
  const interrupt = (): void => void (++interrupts > 1 && kill());
  process.on('SIGINT', interrupt);
  process.on('SIGTERM', kill);
  return new Promise((resolve, reject) => {
    child.once('error', reject);
    child.once('close', (code, signal) => {
      process.off('SIGINT', interrupt);
      process.off('SIGTERM', kill);
      resolve(code ?? (signal === null ? 1 : 128));
    });
  });
}
