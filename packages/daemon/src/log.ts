/** Structured logs: a constant message plus fields, one JSON object a line. */
import { type DestinationStream, pino } from 'pino';

export type LogLevel = 'trace' | 'debug' | 'info' | 'warn' | 'error' | 'fatal' | 'silent';

/** Values go into fields, never into the message. `error` is written with type, message and stack. */
export type LogFields = Readonly<Record<string, unknown>>;

type Write = (message: string, fields?: LogFields) => void;

export interface Log {
  readonly trace: Write;
  readonly debug: Write;
  readonly info: Write;
  readonly warn: Write;
  readonly error: Write;
  readonly fatal: Write;
  /** A log whose lines all carry `fields`. */
  child(fields: LogFields): Log;
}

type Pino = ReturnType<typeof pino>;

function wrap(logger: Pino): Log {
  const write =
    (level: Exclude<LogLevel, 'silent'>): Write =>
    (message, fields) =>
      fields === undefined ? logger[level](message) : logger[level](fields, message);
  return {
    trace: write('trace'),
    debug: write('debug'),
    info: write('info'),
    warn: write('warn'),
    error: write('error'),
    fatal: write('fatal'),
    child: (fields) => wrap(logger.child(fields)),
  };
}

/**
 * @param name the program, on every line
 * @param destination where lines go; standard output when absent, written synchronously so that a last line is not lost
 */
export function createLog(name: string, level: LogLevel, destination?: DestinationStream): Log {
  const options = {
    name,
    level,
    timestamp: pino.stdTimeFunctions.isoTime,
    formatters: { level: (label: string) => ({ level: label }) },
    serializers: { error: pino.stdSerializers.err },
  };
  return wrap(pino(options, destination ?? pino.destination({ fd: 1, sync: true })));
}
