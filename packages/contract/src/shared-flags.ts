/** Flags that both daemons have. */
import { flag } from './flag.ts';
import { choice, words } from './text-values.ts';

export const logLevelFlag = flag('log-level', choice('trace', 'debug', 'info', 'warn', 'error', 'fatal', 'silent'), {
  default: 'info' as const,
  doc: 'Least important messages that are logged.',
});

export const controlTokenFileFlag = flag('control-token-file', words('/var/run/rouse/token'), {
  default: null,
  doc: 'File with the bearer token of the control API, read again when it changes; two lines are two valid tokens, the first one is sent. Else `ROUSE_CONTROL_TOKEN`.',
});
