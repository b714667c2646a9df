/** Writes the fields that tell a pod where a request came from: Forwarded, X-Forwarded-* and Via (RFC 7239, RFC 9110 7.6.3). */
import { IS_TOKEN } from './octets.ts';
import type { RequestHead } from './request-head.ts';

/** One per client connection. */
export class ClientOrigin {
  /** IP literal of the peer; IPv4-mapped IPv6 as IPv4. */
  readonly address: string;
  /** What the peer says about earlier hops is kept and extended. */
  readonly trusted: boolean;
  readonly #viaName: string;
  #lastAuthority = '';
  #lastFields = '';

  /** @param viaName the proxy's name in Via */
  constructor(address: string, trusted: boolean, viaName: string) {
    this.address = address;
    this.trusted = trusted;
    this.#viaName = viaName;
  }

  /** Field lines to add to `head`, from which a serialiser removed what this replaces. */
  fields(head: RequestHead): string {
    if (this.trusted) return this.#extended(head);
    if (head.isHttp10) return this.#via('1.0') + this.#own(head.authority);
    if (this.#lastFields === '' || head.authority !== this.#lastAuthority) {
      this.#lastAuthority = head.authority;
      this.#lastFields = this.#via('1.1') + this.#own(head.authority);
    }
    return this.#lastFields;
  }

  #via(version: string): string {
    return `Via: ${version} ${this.#viaName}\r\n`;
  }

  #own(authority: string): string {
    const host = authority === '' ? '' : `X-Forwarded-Host: ${authority}\r\n`;
    return `X-Forwarded-For: ${this.address}\r\nX-Forwarded-Proto: http\r\n${host}Forwarded: ${this.#element(authority)}\r\n`;
  }

  #extended(head: RequestHead): string {
    let fields = this.#via(head.isHttp10 ? '1.0' : '1.1');
    fields += `X-Forwarded-For: ${head.forwardedFor === '' ? '' : `${head.forwardedFor}, `}${this.address}\r\n`;
    if (!head.hasForwardedProto) fields += 'X-Forwarded-Proto: http\r\n';
    if (!head.hasForwardedHost && head.authority !== '') fields += `X-Forwarded-Host: ${head.authority}\r\n`;
    // Where only X-Forwarded-For came in, a Forwarded of one hop would hide the client from apps that prefer it.
    if (head.forwarded !== '') fields += `Forwarded: ${head.forwarded}, ${this.#element(head.authority)}\r\n`;
    else if (head.forwardedFor === '') fields += `Forwarded: ${this.#element(head.authority)}\r\n`;
    return fields;
  }

  #element(authority: string): string {
    const peer = this.address.includes(':') ? `"[${this.address}]"` : this.address;
    return `for=${peer};${authority === '' ? '' : `host=${quoted(authority)};`}proto=http`;
  }
}

function quoted(value: string): string {
  for (let index = 0; index < value.length; index++) {
    if (IS_TOKEN[value.charCodeAt(index)] !== 1) return `"${value}"`;
  }
  return value;
}
