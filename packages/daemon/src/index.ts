/** What both daemons share: clock, log, flags, admin server, lifecycle. */
export {
  type AdminServer,
  type AdminServerOptions,
  type AdminServerResult,
  bearerGuard,
  isLoopback,
  type Scrape,
  startAdminServer,
} from './admin-server.ts';
export {
  type ControlToken,
  type ControlTokenOptions,
  type ControlTokens,
  controlTokens,
  openControlToken,
} from './control-token.ts';
export { EXIT_WITH_PARENT, type Lifecycle, startLifecycle } from './lifecycle.ts';
export { type LineFile, openLineFile } from './line-file.ts';
export { type ListenAddress, listenProblem } from './listen-problem.ts';
export { createLog, type Log, type LogFields, type LogLevel } from './log.ts';
export { type Metrics, metricRegistry } from './metric-registry.ts';
export { type ParsedFlags, type ParseFlagsOptions, parseFlags } from './parse-flags.ts';
export { systemClock } from './system-clock.ts';
