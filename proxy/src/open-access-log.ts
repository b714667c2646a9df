/** Opens what `--access-log` names, or says what is wrong with it. */
import { type Problem, proxyFlags } from '@rouse/contract';
import { type LineFile, type Log, openLineFile } from '@rouse/daemon';

export type OpenedAccessLog =
  | { readonly ok: true; readonly file: LineFile }
  | { readonly ok: false; readonly problem: Problem };

/** Null where it is off. */
export function openAccessLog(target: string, log: Log): OpenedAccessLog | null {
  if (target === 'off') return null;
  try {
    const file = openLineFile(target, (error) => log.warn('the access log cannot be written', { target, error }));
    return { ok: true, file };
  } catch (error) {
    const { key } = proxyFlags.accessLog;
    const problem = {
      source: 'flag',
      key: `--${key}`,
      value: target,
      allowed: 'a file that can be appended to',
      fix: `Make its folder writable, or choose another file (${error instanceof Error ? error.message : String(error)}).`,
      severity: 'error',
    } as const;
    return { ok: false, problem };
  }
}
