/** Turns an error of `listen` into a problem that names the flag to change. */
import type { Problem } from '@rouse/contract';

export interface ListenAddress {
  readonly host: string;
  readonly port: number;
  /** Names of the flags they came from, without dashes. */
  readonly hostFlag: string;
  readonly portFlag: string;
}

/** Port taken, port not permitted, address not on this machine; null for any other error. */
export function listenProblem(error: unknown, address: ListenAddress): Problem | null {
  const code = error instanceof Error && 'code' in error ? error.code : '';
  const about = (key: string, value: string, allowed: string, fix: string): Problem => ({
    source: 'flag',
    key: `--${key}`,
    value,
    allowed,
    fix,
    severity: 'error',
  });
  const { host, port, hostFlag, portFlag } = address;
  if (code === 'EADDRINUSE') {
    return about(
      portFlag,
      String(port),
      `a port that is free on ${host}`,
      `Stop what listens on port ${port}, or choose another with --${portFlag}.`,
    );
  }
  if (code === 'EACCES') {
    return about(
      portFlag,
      String(port),
      'a port this user may listen on',
      `Choose a port from 1024 up with --${portFlag}.`,
    );
  }
  if (code === 'EADDRNOTAVAIL' || code === 'ENOTFOUND' || code === 'EAFNOSUPPORT' || code === 'EINVAL') {
    return about(
      hostFlag,
      host,
      'an address of this machine',
      `Choose an address of this machine with --${hostFlag}, e.g. 127.0.0.1.`,
    );
  }
  return null;
}
