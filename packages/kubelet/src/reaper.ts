/**
 * Ends every container when this process is gone, however it went (kill -9 included).
 *
 * One `/bin/sh`, in a session of its own so that neither Ctrl-C nor a kill of our process group reaches it, reads a
 * pipe whose only writer is this process. `+ID` and `-ID` lines tell it which process groups live. When the pipe ends,
 * this process is gone: the kernel closes it on any death, and the write end is close-on-exec, so no child keeps it
 * open. The reaper then kills each group and, until none is left, every process that carries this instance's mark in
 * its environment: a daemon that called setsid, and a child forked in the instant before its group was told.
 * Only a process that both left its group and cleared its environment can escape.
 *
 * Containers stay our direct children: no wrapper stands between, so signals, exit codes and errors of exec are the
 * kernel's own, and starting one costs nothing more. A reaper that dies is replaced by one that knows all groups.
 */
import { type ChildProcess, spawn } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { MARKER } from './marker.ts';

// The mark arrives on the first line, not as an argument: no process listing shows it but the environments looked for.
const SCRIPT = `
trap '' HUP INT QUIT TERM PIPE TSTP
groups=" $* "
read -r mark || mark=
while read -r line; do
  id=\${line#?}
  case $line in
    +*) groups="$groups$id " ;;
    -*) case $groups in *" $id "*) groups="\${groups%% $id *} \${groups#* $id }" ;; esac ;;
  esac
done
for id in $groups; do kill -9 "-$id" 2>/dev/null; done
[ -n "$mark" ] || exit 0
marked() {
  if [ -r /proc/self/environ ]; then
    for file in $(grep -lsaF -e "$mark" /proc/[0-9]*/environ 2>/dev/null); do
      file=\${file#/proc/}
      echo "\${file%/environ}"
    done
  else
    ps -A -E -ww -o pid=,command= 2>/dev/null | while read -r pid rest; do
      case $rest in *"$mark"*) echo "$pid" ;; esac
    done
  fi
}
round=0
while [ "$round" -lt 50 ]; do
  found=$(marked)
  [ -n "$found" ] || exit 0
  for pid in $found; do kill -9 "$pid" 2>/dev/null; done
  round=$((round + 1))
done
`;

const MOST_RESTARTS = 100;

export interface Reaper {
  /** First part of every mark of this process. */
  readonly instance: string;
  /** A process group lives: call in the same turn that started it. */
  add(groupId: number): void;
  /** It ended; its id may be used by others from now on. */
  remove(groupId: number): void;
  /** Ends what is left and the reaper itself; resolves when it is gone. */
  close(): Promise<void>;
}

/** Starts the reaper. It keeps no event loop alive. @param log told when it dies and is replaced */
export function startReaper(log: (message: string) => void): Reaper {
  const instance = randomBytes(12).toString('hex');
  const groups = new Set<number>();
  let closed = false;
  let restarts = 0;
  let shell = open();

  function open(): ChildProcess {
    // Groups of before are arguments: it knows them from its first instant, even if this process dies in the next one.
    const child = spawn('/bin/sh', ['-c', SCRIPT, 'reaper', ...[...groups].map(String)], {
      detached: true,
      cwd: '/',
      env: { PATH: '/usr/bin:/bin:/usr/sbin:/sbin' },
      stdio: ['pipe', 'ignore', 'ignore'],
    });
    child.unref();
    if (child.stdin !== null && 'unref' in child.stdin) (child.stdin as { unref(): void }).unref();
    child.stdin?.on('error', () => undefined);
    child.once('error', () => replace(child));
    child.once('exit', () => replace(child));
    child.stdin?.write(`${MARKER}=${instance}.\n`);
    return child;
  }

  function replace(dead: ChildProcess): void {
    if (closed || dead !== shell) return;
    restarts++;
    if (restarts > MOST_RESTARTS) {
      log('the reaper keeps dying; containers would outlive a kill -9 of this process');
      return;
    }
    log('the reaper died and was replaced');
    shell = open();
  }

  return {
    instance,
    add(groupId) {
      groups.add(groupId);
      shell.stdin?.write(`+${groupId}\n`);
    },
    remove(groupId) {
      if (groups.delete(groupId)) shell.stdin?.write(`-${groupId}\n`);
    },
    close() {
      closed = true;
      return new Promise((resolve) => {
        if (shell.exitCode !== null || shell.signalCode !== null || shell.pid === undefined) {
          resolve();
          return;
        }
        shell.once('exit', () => resolve());
        shell.ref();
        shell.stdin?.end();
      });
    },
  };
}
