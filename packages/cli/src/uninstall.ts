/** `rouse uninstall`: the operator's own program for it, with this terminal. */
import { spawn } from 'node:child_process';
import { createRequire } from 'node:module';

const main = createRequire(import.meta.url).resolve('@rouse/operator/uninstall');

/** Resolves with its exit code; 1 where a signal ended it. */
export function uninstall(argv: readonly string[]): Promise<number> {
  const child = spawn(process.execPath, [main, ...argv], { stdio: 'inherit' });
  return new Promise((resolve, reject) => {
    child.on('error', reject);
    child.on('exit', (code) => resolve(code ?? 1));
  });
}
