/** Requests that neither wake a workload nor count for it, such as health checks from outside. */
import type { QuietRule } from '@rouse/contract';
import type { Exchange } from './exchange.ts';

/** `path:` is the exact raw path, `agent:` the start of the User-Agent. */
export function isQuiet(exchange: Exchange, rules: readonly QuietRule[]): boolean {
  for (const rule of rules) {
    if (rule.kind === 'path') {
      if (exchange.path === rule.value) return true;
    } else if (exchange.field('user-agent')?.startsWith(rule.value)) return true;
  }
  return false;
}

/** The answer to a quiet request while no pod may be used. A status below 200 cannot end an exchange: 503 then. */
export function quietAnswer(status: number): { readonly status: number; readonly body: string } {
  if (status < 200) return { status: 503, body: 'asleep\n' };
  return { status, body: status === 204 || status === 205 || status === 304 ? '' : 'asleep\n' };
}
