/** Reads Connection: the two options that matter here, and the fields it names, which go no further. */

const NONE: readonly string[] = [];

export class ConnectionOptions {
  close = false;
  keepAlive = false;
  upgrade = false;
  /** Lower-case names of fields to remove, the hop-by-hop ones aside. */
  named: readonly string[] = NONE;

  reset(): void {
    this.close = false;
    this.keepAlive = false;
    this.upgrade = false;
    this.named = NONE;
  }

  /** The connection may carry another message after this one; `close` counts more than `keep-alive` (RFC 9112 9.3). */
  persists(isHttp10: boolean): boolean {
    return !this.close && (!isHttp10 || this.keepAlive);
  }

  /** Takes in one Connection value; there may be several lines. */
  add(value: string): void {
    if (value === 'keep-alive') {
      this.keepAlive = true;
      return;
    }
    for (const part of value.split(',')) {
      const option = part.trim().toLowerCase();
      if (option === 'close') this.close = true;
      else if (option === 'keep-alive') this.keepAlive = true;
      else if (option === 'upgrade') this.upgrade = true;
      else if (option !== '' && !isProtected(option)) this.named = [...this.named, option];
    }
  }
}

const PROTECTED = new Set([
  'host',
  'authorization',
  'cookie',
  'forwarded',
  'x-real-ip',
  'traceparent',
  'via',
  'x-request-id',
]);

/**
 * Fields that Connection cannot take away: what apps trust for identity and framing must not be removable by whoever
 * sends the request (CVE-2022-31813, CVE-2024-45410).
 */
function isProtected(name: string): boolean {
  return PROTECTED.has(name) || name.startsWith('content-') || name.startsWith('x-forwarded-');
}
