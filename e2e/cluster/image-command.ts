/** What the project's own images would run: images are not run here, their programs are. */
import { createRequire } from 'node:module';
import { join } from 'node:path';

const { resolve } = createRequire(import.meta.url);
const repository = join(import.meta.dirname, '../..');

/**
 * Pods share one network here, so that what an image binds on every address is bound on the pod's own: these flags
 * come after the manifest's, and win.
 */
const PROGRAMS = new Map([
  ['rouse-operator', { main: '@rouse/operator/main', flags: '--api-bind="$POD_IP"' }],
  ['rouse-proxy', { main: '@rouse/proxy/main', flags: '--host="$POD_IP" --admin-host="$POD_IP"' }],
]);

/** A line for `/bin/sh` that takes the container's `args`; undefined for an image of others. */
export function imageCommand(image: string): string | undefined {
  const program = PROGRAMS.get(nameOf(image));
  if (program === undefined) return undefined;
  return `set -- "$@" ${program.flags}; exec '${process.execPath}' '${resolve(program.main)}'`;
}

/** What the image's WORKDIR holds; undefined for an image of others. */
export function imageFolder(image: string): string | undefined {
  const name = nameOf(image);
  const [, example] = /^rouse-example-(.+)$/.exec(name) ?? [];
  if (example !== undefined) return join(repository, 'examples', example);
  return PROGRAMS.has(name) ? repository : undefined;
}

function nameOf(image: string): string {
  return image.split('/').at(-1)?.split(/[:@]/)[0] ?? '';
}
