/** Trailer sections: parsed like a head, and rid of the fields that may not stand there (RFC 9110 6.5.1). */
import { FieldLines } from './field-lines.ts';
import { FORWARDED, OTHER } from './known-fields.ts';
import { latin1 } from './latin1.ts';

/** Framing, routing, authentication, request modifiers and control data: acted on before a trailer could arrive. */
const FORBIDDEN = new Set(
  [
    'age authorization cache-control connection content-encoding content-length content-range content-type cookie date',
    'expect expires forwarded host http2-settings keep-alive if-match if-modified-since if-none-match if-range',
    'if-unmodified-since location max-forwards pragma proxy-authenticate proxy-authorization proxy-connection range',
    'retry-after set-cookie te trailer transfer-encoding upgrade vary via warning www-authenticate x-rouse-error',
  ]
    .join(' ')
    .split(' '),
);

const lines = new FieldLines();

/**
 * @param end after the empty line
 * @param trusted whether fields that tell where a request came from are kept
 * @returns the section to pass on, its empty line included; null where it is malformed
 */
export function serializeTrailers(bytes: Buffer, end: number, trusted: boolean): string | null {
  if (lines.parse(bytes, 0, 0, end, Number.MAX_SAFE_INTEGER) !== end) return null;
  let text = '';
  for (let index = 0; index < lines.count; index++) {
    const name = latin1(bytes, lines.nameStart(index), lines.nameEnd(index));
    const id = lines.id(index);
    if (FORBIDDEN.has(name.toLowerCase())) continue;
    if (!trusted && id !== OTHER && id >= FORWARDED) continue;
    text += `${name}: ${latin1(bytes, lines.valueStart(index), lines.valueEnd(index))}\r\n`;
  }
  return `${text}\r\n`;
}
