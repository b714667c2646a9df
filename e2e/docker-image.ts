/** What `docker build` would make of a Dockerfile, as folders of this machine: its COPY and RUN steps done for real, base images aside. */
import { execFileSync } from 'node:child_process';
import {
  chmodSync,
  copyFileSync,
  cpSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join, relative, resolve } from 'node:path';

export interface DockerImage {
  /** Holds the image's root. */
  readonly root: string;
  readonly workdir: string;
  readonly entrypoint: readonly string[];
  /** ENV of the last stage, and a PATH on which `node` is this process's own. */
  readonly env: Readonly<Record<string, string>>;
  /** USER, by numbers. */
  readonly uid: number;
  readonly gid: number;
  remove(): void;
}

interface Stage {
  readonly name: string;
  readonly root: string;
  workdir: string;
  readonly env: Record<string, string>;
}

const NODE_IMAGE = /^node:(\d+)-/;
const NODE_FOLDER = 'usr/local/bin';

/**
 * Understands what the project's Dockerfiles use: FROM node:N, WORKDIR, ENV NAME=VALUE, COPY, RUN, USER, EXPOSE, ENTRYPOINT.
 * @param context the build's folder; of it only what `DOCKERFILE.dockerignore` leaves can be copied
 * @throws for any other instruction, a source that is not there, a step that fails
 */
export function buildImage(dockerfile: string, context: string): DockerImage {
  const home = mkdtempSync(join(tmpdir(), 'rouse-image-'));
  // Whoever the image's user is must get at it.
  chmodSync(home, 0o755);
  const isSent = contextFilter(readFileSync(`${dockerfile}.dockerignore`, 'utf8'));
  const stages: Stage[] = [];
  let entrypoint: readonly string[] = [];
  let user = [0, 0];
  for (const { instruction, rest } of instructionsOf(readFileSync(dockerfile, 'utf8'))) {
    const stage = stages.at(-1)!;
    if (instruction === 'FROM') stages.push(begin(rest, join(home, String(stages.length))));
    else if (instruction === 'WORKDIR') enter(stage, rest);
    else if (instruction === 'ENV') Object.assign(stage.env, Object.fromEntries([rest.split('=')]));
    else if (instruction === 'COPY') copy(stage, rest);
    else if (instruction === 'RUN') runStep(stage, rest);
    else if (instruction === 'USER') user = rest.split(':').map(Number);
    else if (instruction === 'ENTRYPOINT') entrypoint = JSON.parse(rest) as string[];
    else if (instruction !== 'EXPOSE') throw new Error(`${dockerfile}: ${instruction} is not done here`);
  }

  function copy(stage: Stage, rest: string): void {
    const words = rest.split(/\s+/);
    const from = words[0]!.startsWith('--from=') ? stages.find(({ name }) => `--from=${name}` === words[0]) : undefined;
    const sources = from === undefined ? words.slice(0, -1) : words.slice(1, -1);
    const to = inRoot(stage, resolve(stage.workdir, words.at(-1)!));
    for (const source of sources) {
      const path = from === undefined ? join(context, source) : inRoot(from, source);
      const filter = (file: string): boolean => from !== undefined || isSent(relative(context, file));
      if (!filter(path)) throw new Error(`${dockerfile}: COPY ${source}: the context does not hold it`);
      // Of a folder its content is copied; into a name that ends with a slash, the file under its own.
      const into = statSync(path).isFile() && /\/$|^\.$/.test(words.at(-1)!) ? join(to, source.split('/').at(-1)!) : to;
      mkdirSync(dirname(into), { recursive: true });
      cpSync(path, into, { recursive: true, verbatimSymlinks: true, filter });
    }
  }

  const { root, workdir, env } = stages.at(-1)!;
  const path = `${join(root, NODE_FOLDER)}:/usr/bin:/bin`;
  const [uid, gid] = user as [number, number];
  const remove = (): void => rmSync(home, { recursive: true, force: true });
  return { root, workdir: join(root, workdir), entrypoint, env: { ...env, PATH: path }, uid, gid, remove };
}

/** The Node of the base image is the one that runs here: of the same major version, or the test would show nothing. */
function begin(rest: string, root: string): Stage {
  const [image, , name = ''] = rest.split(/\s+/);
  const major = NODE_IMAGE.exec(image!)?.[1];
  if (major !== process.versions.node.split('.')[0]) throw new Error(`FROM ${image}: this is Node ${process.version}`);
  mkdirSync(join(root, NODE_FOLDER), { recursive: true });
  copyFileSync(process.execPath, join(root, NODE_FOLDER, 'node'));
  return { name, root, workdir: '/', env: {} };
}

function enter(stage: Stage, folder: string): void {
  stage.workdir = resolve(stage.workdir, folder);
  mkdirSync(inRoot(stage, stage.workdir), { recursive: true });
}

/** What the npm around this test is set to is not the image's: it builds below another folder. Packages it has are taken. */
function runStep(stage: Stage, line: string): void {
  const inherited = Object.entries(process.env).filter(([name]) => !/^npm_/i.test(name));
  const env = { ...Object.fromEntries(inherited), npm_config_prefer_offline: 'true', ...stage.env };
  execFileSync('/bin/sh', ['-c', line], { cwd: inRoot(stage, stage.workdir), env, stdio: 'pipe' });
}

const inRoot = ({ root }: Stage, path: string): string => join(root, path);

function instructionsOf(text: string): readonly { readonly instruction: string; readonly rest: string }[] {
  return text
    .replaceAll(/\\\n/g, ' ')
    .split('\n')
    .filter((line) => line.trim() !== '' && !line.startsWith('#'))
    .map((line) => {
      const [instruction] = line.split(' ', 1);
      return { instruction: instruction!, rest: line.slice(instruction!.length).trim() };
    });
}

/** The last line that matches a path, or a folder above it, decides (Docker: .dockerignore). */
export function contextFilter(ignore: string): (path: string) => boolean {
  const lines = ignore.split('\n').filter((line) => line !== '' && !line.startsWith('#'));
  const rules = lines.map((line) => {
    const keeps = line.startsWith('!');
    const pattern = line.slice(keeps ? 1 : 0).split(/(\*\*\/|\*\*|\*)/);
    const expression = pattern.map((part) => WILD.get(part) ?? part.replaceAll(/[.+?^${}()|[\]\\]/g, '\\$&')).join('');
    return { keeps, matches: new RegExp(`^${expression}(/|$)`) };
  });
  const isIgnored = (path: string): boolean => {
    const last = rules.findLast(({ matches }) => matches.test(path));
    return last !== undefined && !last.keeps;
  };
  // A folder on the way to what is kept is walked through.
  const kept = lines.filter((line) => line.startsWith('!')).map((line) => line.slice(1));
  return (path) => !isIgnored(path) || kept.some((each) => each.startsWith(`${path}/`));
}
const WILD = new Map([
  ['**/', '(?:.*/)?'],
  ['**', '.*'],
  ['*', '[^/]*'],
]);

/** Paths of all files below, for a look at what an image holds. */
export function filesBelow(folder: string): readonly string[] {
  return readdirSync(folder, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => relative(folder, join(entry.parentPath, entry.name)));
}
