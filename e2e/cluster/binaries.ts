/** The control plane's binaries: envtest's folder, else built once by Go and kept outside of the tree. */
import { execFile, spawn } from 'node:child_process';
import { createHash } from 'node:crypto';
import { existsSync, mkdirSync, mkdtempSync, readFileSync, renameSync, rmSync } from 'node:fs';
import { homedir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';

export interface ControlPlaneBinaries {
  readonly etcd: string;
  readonly apiServer: string;
  readonly controllerManager: string;
  readonly scheduler: string;
}

export type BinariesResult =
  | { readonly ok: true; readonly binaries: ControlPlaneBinaries }
  /** `reason` completes "the cluster suite needs …". */
  | { readonly ok: false; readonly reason: string };

const moduleFolder = join(import.meta.dirname, 'binaries');
/** Go names the binary of `go.etcd.io/etcd/server/v3` after its folder. */
const BUILT = {
  etcd: 'server',
  apiServer: 'kube-apiserver',
  controllerManager: 'kube-controller-manager',
  scheduler: 'kube-scheduler',
};
const NAMES = { ...BUILT, etcd: 'etcd' };

/**
 * Finds the binaries or builds them (minutes with a cold Go cache), telling progress in lines.
 * `KUBEBUILDER_ASSETS` (envtest's convention: a folder) wins; it must hold all four.
 */
export async function findBinaries(tell: (line: string) => void): Promise<BinariesResult> {
  const assets = process.env.KUBEBUILDER_ASSETS;
  if (assets) return inAssets(assets);
  const { version, ldflags } = kubernetesVersion();
  const folder = join(cacheFolder(), `${version}-${buildKey(ldflags)}`);
  if (existsSync(folder)) return { ok: true, binaries: pathsIn(folder, BUILT) };
  const go = await goVersion();
  if (go === undefined)
    return { ok: false, reason: 'Go 1.26 or newer in PATH, or KUBEBUILDER_ASSETS with all four binaries' };
  tell(`building etcd and Kubernetes ${version} with ${go}, once: this takes minutes (kept in ${folder})`);
  const fault = await build(folder, ldflags, tell);
  if (fault !== undefined) return { ok: false, reason: `a control plane, and building it failed: ${fault}` };
  return { ok: true, binaries: pathsIn(folder, BUILT) };
}

function inAssets(folder: string): BinariesResult {
  const binaries = pathsIn(folder, NAMES);
  const missing = Object.values(binaries).filter((path) => !existsSync(path));
  if (missing.length === 0) return { ok: true, binaries };
  return {
    ok: false,
    reason: `${missing.join(' and ')}, as KUBEBUILDER_ASSETS is set (unset it to build them with Go)`,
  };
}

function pathsIn(folder: string, names: typeof BUILT): ControlPlaneBinaries {
  return {
    etcd: join(folder, names.etcd),
    apiServer: join(folder, names.apiServer),
    controllerManager: join(folder, names.controllerManager),
    scheduler: join(folder, names.scheduler),
  };
}

/** go.mod is the one place of the version. Without ldflags the servers call themselves v0.0.0, which clients refuse. */
function kubernetesVersion(): { readonly version: string; readonly ldflags: string } {
  const version = /k8s\.io\/kubernetes (v(\d+)\.(\d+)\.\d+)/.exec(readFileSync(join(moduleFolder, 'go.mod'), 'utf8'));
  if (version === null) throw new Error(`no version of k8s.io/kubernetes in ${moduleFolder}/go.mod`);
  const [, full, major, minor] = version;
  const base = 'k8s.io/component-base/version';
  const set = [`${base}.gitVersion=${full}`, `${base}.gitMajor=${major}`, `${base}.gitMinor=${minor}`];
  const ldflags = ['-s -w', ...[...set, `k8s.io/client-go/pkg/version.gitVersion=${full}`].map((each) => `-X ${each}`)];
  return { version: full!, ldflags: ldflags.join(' ') };
}

function buildKey(ldflags: string): string {
  const hash = createHash('sha256').update(ldflags).update(`${process.platform}-${process.arch}`);
  for (const file of ['go.mod', 'go.sum']) hash.update(readFileSync(join(moduleFolder, file)));
  return hash.digest('hex').slice(0, 12);
}

function cacheFolder(): string {
  return join(process.env.XDG_CACHE_HOME || join(homedir(), '.cache'), 'rouse', 'control-plane');
}

function goVersion(): Promise<string | undefined> {
  return new Promise((resolve) => {
    execFile('go', ['env', 'GOVERSION'], { cwd: moduleFolder }, (error, stdout) => {
      resolve(error === null ? stdout.trim() : undefined);
    });
  });
}

const PROGRESS_MS = 15_000;

/** Into a folder of another name first, so that an interrupted build leaves nothing that looks whole. */
async function build(folder: string, ldflags: string, tell: (line: string) => void): Promise<string | undefined> {
  mkdirSync(join(folder, '..'), { recursive: true });
  const partial = mkdtempSync(`${folder}.partial-`);
  try {
    const fault = await goInstall(partial, ldflags, tell);
    if (fault !== undefined) return fault;
    // Another build may have been quicker.
    if (!existsSync(folder)) renameSync(partial, folder);
    return undefined;
  } finally {
    rmSync(partial, { recursive: true, force: true });
  }
}

/** @returns what went wrong, in Go's last words */
function goInstall(bin: string, ldflags: string, tell: (line: string) => void): Promise<string | undefined> {
  const startedMs = performance.now();
  const child = spawn('go', ['install', '-v', '-trimpath', `-ldflags=${ldflags}`, 'tool'], {
    cwd: moduleFolder,
    // A version of the tree's own would make each commit another build.
    env: { ...process.env, GOBIN: bin, GOFLAGS: '-mod=readonly -buildvcs=false', GOWORK: 'off' },
    stdio: ['ignore', 'ignore', 'pipe'],
  });
  let packages = 0;
  let last = '';
  createInterface({ input: child.stderr }).on('line', (line) => {
    last = line;
    if (!/\s/.test(line)) packages++;
  });
  const seconds = (): string => `${Math.round((performance.now() - startedMs) / 1000)} s`;
  const timer = setInterval(() => tell(`  ${packages} packages compiled, ${seconds()}`), PROGRESS_MS);
  return new Promise((resolve) => {
    const ended = (fault: string | undefined): void => {
      clearInterval(timer);
      if (fault === undefined) tell(`  built in ${seconds()}`);
      resolve(fault);
    };
    child.once('error', (error) => ended(error.message));
    child.once('close', (code) => ended(code === 0 ? undefined : last || `go install ended with ${code}`));
  });
}
