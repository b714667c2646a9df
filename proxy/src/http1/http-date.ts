/** The Date field (RFC 9110 5.6.7), made anew once a second. */
import type { Clock } from '@rouse/contract';

let lastSecond = -1;
let lastLine = '';

/** `Date: ...` CRLF */
export function dateLine(clock: Clock): string {
  const wallMs = clock.wallMs();
  const second = Math.floor(wallMs / 1000);
  if (second !== lastSecond) {
    lastSecond = second;
    lastLine = `Date: ${new Date(wallMs).toUTCString()}\r\n`;
  }
  return lastLine;
}
