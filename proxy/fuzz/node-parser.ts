/** Reads a stream with the parser of Node itself (llhttp), the other opinion. */
import { createRequire } from 'node:module';
import type { Field, Message, Reading } from './reading.ts';

/** The part of Node's own parser used here; it is not exported by `node:http`. */
interface NodeParser {
  initialize(type: number, resource: object): void;
  execute(bytes: Buffer): number | (Error & { code: string; reason?: string; bytesParsed: number });
  finish(): undefined | Error;
  [callback: number]: unknown;
}
interface NodeParserClass {
  new (): NodeParser;
  readonly REQUEST: number;
  readonly RESPONSE: number;
  readonly kOnMessageBegin: number;
  readonly kOnHeaders: number;
  readonly kOnHeadersComplete: number;
  readonly kOnBody: number;
  readonly kOnMessageComplete: number;
}

const { HTTPParser, methods } = createRequire(import.meta.url)('_http_common') as {
  HTTPParser: NodeParserClass;
  methods: readonly string[];
};

const parser = new HTTPParser();
let pending: string[] = [];
let pendingTarget = '';
let messages: Message[] = [];
let current: Message | null = null;
let methodsAsked: readonly string[] = [];
let upgrades = false;
let isInside = false;

function pairs(flat: readonly string[]): Field[] {
  const fields: Field[] = [];
  for (let index = 0; index < flat.length; index += 2) fields.push([flat[index]!, flat[index + 1]!]);
  return fields;
}

parser[HTTPParser.kOnMessageBegin] = (): void => {
  isInside = true;
};
/** Once a message had many fields or trailers, the fields and targets of all that follow come this way. */
parser[HTTPParser.kOnHeaders] = (flat: readonly string[], target: string): void => {
  pending.push(...flat);
  pendingTarget = target;
};
parser[HTTPParser.kOnHeadersComplete] = (
  _major: number,
  _minor: number,
  flat: readonly string[] | null,
  method: number | null | undefined,
  target: string | null,
  status: number | null,
  _reason: string | undefined,
  isUpgrade: boolean,
  persists: boolean,
): number => {
  const fields = pairs(flat ?? pending);
  pending = [];
  // What it says of the connection of a bodiless response is from before it knows that; what an interim one says is void.
  const skips = methodsAsked[messages.filter((message) => message.status >= 200).length] === 'HEAD';
  current = {
    method: method == null ? '' : methods[method]!,
    target: target ?? pendingTarget,
    status: status ?? 0,
    fields,
    body: '',
    trailers: [],
    persists: skips || (status ?? 200) < 200 ? null : persists,
  };
  upgrades = isUpgrade;
  return skips ? 1 : 0;
};
parser[HTTPParser.kOnBody] = (bytes: Buffer): void => {
  current!.body += bytes.toString('latin1');
};
parser[HTTPParser.kOnMessageComplete] = (): void => {
  current!.trailers = pairs(pending);
  pending = [];
  messages.push(current!);
  isInside = false;
};

/**
 * @param asked of responses: the methods of the requests
 * @param ends of responses: the connection ends behind the bytes
 */
export function readWithNode(
  kind: 'request' | 'response',
  bytes: Buffer,
  asked: readonly string[] = [],
  ends = false,
): Reading {
  messages = [];
  methodsAsked = asked;
  let at = 0;
  do {
    pending = [];
    pendingTarget = '';
    upgrades = false;
    isInside = false;
    parser.initialize(kind === 'request' ? HTTPParser.REQUEST : HTTPParser.RESPONSE, {});
    const result = parser.execute(bytes.subarray(at));
    if (typeof result !== 'number') {
      const isClosed =
        messages.length > 0 && messages.at(-1)!.persists !== true && result.code === 'HPE_CLOSED_CONNECTION';
      const reason = `${result.code}: ${result.reason ?? ''}`;
      return { messages, end: isClosed ? 'closed' : 'refused', reason, starts: [], forwarded: [] };
    }
    at += result;
    // It stops behind a message that may change the protocol; to us that is a message like any other.
  } while (upgrades && !isInside && at < bytes.length && messages.at(-1)?.persists === true);
  if (ends) parser.finish();
  const isClosed = !isInside && messages.at(-1)?.persists === false;
  return {
    messages,
    end: isInside ? 'incomplete' : isClosed ? 'closed' : 'clean',
    reason: '',
    starts: [],
    forwarded: [],
  };
}
