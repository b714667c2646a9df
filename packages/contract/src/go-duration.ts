/** Go's duration syntax (`1h30m`, `6s`, `250ms`, `0`), parsed and printed exactly as Go's `time` package does. */

const UNIT_NS = new Map<string, bigint>([
  ['ns', 1n],
  ['us', 1_000n],
  ['µs', 1_000n], // U+00B5, micro sign
  ['μs', 1_000n], // U+03BC, Greek letter mu
  ['ms', 1_000_000n],
  ['s', 1_000_000_000n],
  ['m', 60_000_000_000n],
  ['h', 3_600_000_000_000n],
]);

const OVERFLOW = 1n << 63n;
const PART = /([0-9]*)(?:(\.)([0-9]*))?([^.0-9]+)/y;

/** Go stops adding digits to a fraction once they no longer fit 63 bits; the rest has no effect. */
function fractionNs(digits: string, unitNs: bigint): bigint {
  let value = 0n;
  let scale = 1;
  for (const digit of digits) {
    if (value > (OVERFLOW - 1n) / 10n) break;
    const next = value * 10n + BigInt(digit);
    if (next > OVERFLOW) break;
    value = next;
    scale *= 10;
  }
  return BigInt(Math.trunc(Number(value) * (Number(unitNs) / scale)));
}

/**
 * `time.ParseDuration`: an optional sign, then one or more decimal numbers each with a unit; `0` needs none.
 * @returns nanoseconds from −2^63 to 2^63−1, or null where Go answers with an error (overflow included)
 */
export function parseGoDuration(text: string): bigint | null {
  const negative = text.startsWith('-');
  const body = negative || text.startsWith('+') ? text.slice(1) : text;
  if (body === '0') return 0n;
  if (body === '') return null;
  let totalNs = 0n;
  PART.lastIndex = 0;
  for (let at = 0; at < body.length; at = PART.lastIndex) {
    PART.lastIndex = at;
    const part = PART.exec(body);
    if (part === null) return null;
    const [, whole = '', , fraction = '', unit = ''] = part;
    if (whole === '' && fraction === '') return null;
    const unitNs = UNIT_NS.get(unit);
    if (unitNs === undefined) return null;
    const partNs = BigInt(whole || '0') * unitNs + (fraction === '' ? 0n : fractionNs(fraction, unitNs));
    totalNs += partNs;
    if (totalNs > OVERFLOW) return null;
  }
  if (negative) return -totalNs;
  return totalNs === OVERFLOW ? null : totalNs;
}

function decimal(valueNs: bigint, unitNs: bigint): string {
  const fraction = (valueNs % unitNs)
    .toString()
    .padStart(unitNs.toString().length - 1, '0')
    .replace(/0+$/, '');
  return `${valueNs / unitNs}${fraction === '' ? '' : `.${fraction}`}`;
}

/** `Duration.String`: `1h0m0s`, `6s`, `1.5ms`, `0s`. */
export function formatGoDuration(durationNs: bigint): string {
  if (durationNs === 0n) return '0s';
  if (durationNs < 0n) return `-${formatGoDuration(-durationNs)}`;
  if (durationNs < 1_000n) return `${durationNs}ns`;
  if (durationNs < 1_000_000n) return `${decimal(durationNs, 1_000n)}µs`;
  if (durationNs < 1_000_000_000n) return `${decimal(durationNs, 1_000_000n)}ms`;
  const hours = durationNs / 3_600_000_000_000n;
  const minutes = (durationNs / 60_000_000_000n) % 60n;
  const seconds = `${decimal(durationNs % 60_000_000_000n, 1_000_000_000n)}s`;
  if (hours > 0n) return `${hours}h${minutes}m${seconds}`;
  return minutes > 0n ? `${minutes}m${seconds}` : seconds;
}

/** Shortest form for people: `5m`, `1h`, `300ms`, `0`; parses back to the same duration. */
export function shortDuration(durationMs: number): string {
  if (durationMs === 0) return '0';
  return formatGoDuration(BigInt(Math.round(durationMs * 1e6)))
    .replace(/(?<=[hm])0s$/, '')
    .replace(/(?<=h)0m$/, '');
}
