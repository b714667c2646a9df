/** A parsed request head: what the engine acts on, and the text and places it is forwarded from. */
import type { FailureCode } from '@rouse/contract';
import { ConnectionOptions } from './connection-options.ts';
import { FieldLines } from './field-lines.ts';

/** One object serves request after request; it is valid until the next head is parsed. */
export class RequestHead {
  /** The head as received, request line to empty line. */
  text = '';
  readonly lines = new FieldLines();
  readonly connection = new ConnectionOptions();
  method = '';
  /** As the pod gets it. */
  target = '';
  /** Target without its query. */
  path = '';
  /** Lower case, without port; what routes are matched on. Empty for HTTP/1.0 without Host. */
  hostName = '';
  /** Host as received, or the authority of an absolute-form target. */
  authority = '';
  isAbsolute = false;
  /** False only in HTTP/1.0. */
  hasHost = false;
  isHttp10 = false;
  isChunked = false;
  /** -1 when there is no Content-Length. */
  contentLength = -1;
  expectsContinue = false;
  /** Values of Upgrade, in lower case; empty when there is none. */
  upgrades = '';
  /** Values of Via and X-Forwarded-For and Forwarded, each joined as one list; empty when absent. */
  via = '';
  forwardedFor = '';
  forwarded = '';
  /** X-Request-Id; empty when absent, several make a list. */
  requestId = '';
  hasForwardedProto = false;
  hasForwardedHost = false;
  /** -1 when absent or not a number. */
  maxForwards = -1;
  /** Why, parsing failed. */
  fault: FailureCode | '' = '';

  /** First value of a field by lower-case name. */
  field(name: string): string | undefined {
    const { lines, text } = this;
    for (let index = 0; index < lines.count; index++) {
      const start = lines.nameStart(index);
      const end = lines.nameEnd(index);
      if (end - start === name.length && text.slice(start, end).toLowerCase() === name) {
        return text.slice(lines.valueStart(index), lines.valueEnd(index));
      }
    }
    return undefined;
  }
}
