/** A daemon's log line for a terminal: its message and fields in plain words instead of JSON. */

/** What every line carries and nobody at a terminal needs. */
const LEFT_OUT: ReadonlySet<string> = new Set(['msg', 'level', 'time', 'pid', 'hostname', 'name']);

/** `warning: message key=value …` for a JSON log line; any other line as it is. */
export function plainLogLine(line: string): string {
  const record = parseRecord(line);
  if (record === null) return line;
  const level = record.get('level');
  const told = level === 'warn' ? ['warning:'] : level === 'error' || level === 'fatal' ? ['error:'] : [];
  const fields = [...record].flatMap(([key, value]) => (LEFT_OUT.has(key) ? [] : [`${key}=${plainValue(value)}`]));
  return [...told, String(record.get('msg')), ...fields].join(' ');
}

function parseRecord(line: string): ReadonlyMap<string, unknown> | null {
  if (!line.startsWith('{')) return null;
  try {
    const record = new Map(Object.entries(JSON.parse(line) as object));
    return typeof record.get('msg') === 'string' ? record : null;
  } catch {
    return null;
  }
}

function plainValue(value: unknown): string {
  if (typeof value === 'string') return /^[^\s"=]+$/.test(value) ? value : JSON.stringify(value);
  // An error as pino writes it: the stack is for the log's level debug, not for a terminal.
  if (typeof value === 'object' && value !== null && 'stack' in value && 'message' in value) {
    return JSON.stringify(value.message);
  }
  return JSON.stringify(value);
}
