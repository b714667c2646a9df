/** A container's command with its volumes in their places: seen by it and its children alone (Linux). */
import type { Container } from './pod.ts';
import type { Launch } from './process-group.ts';

/** Mount points are made below it where they are missing; elsewhere they must exist. */
const MADE_BELOW = '/run/';

/**
 * In place: folder, path, `ro` or `rw` of each, up to `--`. The shell becomes the command, so that its process is the
 * container's and no wrapper stands between.
 */
const SCRIPT = `
set -e
while [ "$1" != -- ]; do
  case $2 in ${MADE_BELOW}*) mkdir -p "$2" ;; esac
  mount --bind "$1" "$2"
  [ "$3" = rw ] || mount -o remount,bind,ro "$2"
  shift 3
done
shift
exec "$@"
`;

/** @param folders by volume name @returns the same launch where nothing is mounted; a message where it cannot be */
export function mountedLaunch(
  launch: Launch,
  container: Container,
  folders: ReadonlyMap<string, string>,
): Launch | string {
  const mounts: string[] = [];
  for (const { name, mountPath, subPath, readOnly } of container.volumeMounts ?? []) {
    const folder = folders.get(name);
    if (folder === undefined) return `container ${container.name}: there is no volume ${JSON.stringify(name)}`;
    if (subPath !== undefined) return `container ${container.name}: subPath of ${mountPath} is not done here`;
    mounts.push(folder, mountPath.replace(/^\/var\/run\//, MADE_BELOW), readOnly === true ? 'ro' : 'rw');
  }
  if (mounts.length === 0) return launch;
  const { command, args, workingDir, env } = launch;
  const own = ['--mount', '--propagation', 'private', '/bin/sh', '-c', SCRIPT, 'mount', ...mounts, '--'];
  return { command: 'unshare', args: [...own, command, ...args], workingDir, env };
}
