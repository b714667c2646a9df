// Runs this command again with the Node 24 that npm installed beside it; says what to do where there is none.
import { spawn, spawnSync } from 'node:child_process';
import { existsSync, realpathSync } from 'node:fs';
import { delimiter, dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

const script = realpathSync(fileURLToPath(new URL('./rouse.js', import.meta.url)));

/** Each node_modules/.bin/node from the package upwards, as npm itself looks for programs. */
function candidates() {
  const found = [];
  for (let folder = dirname(script); ; folder = dirname(folder)) {
    const node = join(folder, 'node_modules', '.bin', 'node');
    if (existsSync(node)) found.push(node);
    if (folder === dirname(folder)) return found;
  }
}

function isNewEnough(node) {
  const { status, stdout } = spawnSync(node, ['--version'], { encoding: 'utf8' });
  return status === 0 && Number(/^v(\d+)\./.exec(stdout)?.[1]) >= 24;
}

export function runWithNewerNode() {
  const node = candidates().find(isNewEnough);
  if (node === undefined) {
    console.error(
      `rouse needs Node 24 or newer, this is ${process.versions.node} on ${process.platform}-${process.arch}: install it from ` +
        'https://nodejs.org, or run npm ci, which brings it on linux-x64, linux-arm64 and darwin-x64.',
    );
    process.exit(1);
  }
  // As npm does for its scripts, so that pods whose command is `node` get this one too.
  const PATH = dirname(node) + delimiter + (process.env.PATH ?? '');
  // Not in the terminal's process group: signals come from here, once. The channel tells it when this process is gone.
  const child = spawn(node, [script, ...process.argv.slice(2)], {
    stdio: ['inherit', 'inherit', 'inherit', 'ipc'],
    detached: true,
    env: { ...process.env, PATH },
  });
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP']) process.on(signal, () => child.kill(signal));
  child.on('exit', (code, signal) => process.exit(code ?? (signal === 'SIGINT' ? 130 : 1)));
  child.on('error', (error) => {
    console.error(`rouse: ${node} cannot be run: ${error.message}`);
    process.exit(1);
  });
}
