/** Go's float syntax (`1`, `.5`, `1e3`, `1_000`, `0x1p-2`, `Inf`), parsed as its `strconv.ParseFloat` does. */

const DIGITS = '[0-9](?:_?[0-9])*';
const HEX = '[0-9a-f](?:_?[0-9a-f])*';
const DECIMAL = new RegExp(`^[+-]?(?:${DIGITS}(?:\\.(?:${DIGITS})?)?|\\.${DIGITS})(?:e[+-]?${DIGITS})?$`, 'i');
const HEXADECIMAL = new RegExp(`^([+-]?)0x(?:_?(${HEX}))?(?:\\.(${HEX})?)?p([+-]?${DIGITS})$`, 'i');

/** Hexadecimal mantissa times a power of two; null without any digit. */
function parseHexadecimal(text: string): number | null {
  const [, sign, whole = '', fraction = '', exponent = ''] = HEXADECIMAL.exec(text) ?? [];
  if (whole + fraction === '') return null;
  const mantissa = Number(`0x${whole}${fraction}`);
  return (sign === '-' ? -mantissa : mantissa) * 2 ** (Number(exponent) - 4 * fraction.length);
}

/**
 * A number or an infinity. What overflows is null, as Go answers with an error; NaN is null too, unlike in Go: it would
 * pass every range.
 */
export function parseGoFloat(text: string): number | null {
  const infinite = /^([+-]?)inf(?:inity)?$/i.exec(text);
  if (infinite !== null) return infinite[1] === '-' ? Number.NEGATIVE_INFINITY : Number.POSITIVE_INFINITY;
  const plain = text.replaceAll('_', '');
  const value = DECIMAL.test(text) ? Number(plain) : HEXADECIMAL.test(text) ? parseHexadecimal(plain) : null;
  return value !== null && Number.isFinite(value) ? value : null;
}
