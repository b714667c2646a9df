/** A parsed response head of a pod. */
import { ConnectionOptions } from './connection-options.ts';
import { FieldLines } from './field-lines.ts';

/** One object serves response after response; it is valid until the next head is parsed. */
export class ResponseHead {
  /** The head as received, status line to empty line. */
  text = '';
  readonly lines = new FieldLines();
  readonly connection = new ConnectionOptions();
  status = 0;
  isHttp10 = false;
  isChunked = false;
  /** -1 when there is no Content-Length. */
  contentLength = -1;
  /** Of `Keep-Alive: timeout=`, in seconds; -1 when not told. */
  keepAliveS = -1;
  hasDate = false;
  /** Value of Upgrade, in lower case. */
  upgrade = '';
}
