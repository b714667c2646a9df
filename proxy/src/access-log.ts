/** The access log: one JSON object a request, in which nothing a client sends can end a value or a line. */
import type { Clock } from '@rouse/contract';
import type { Outcome } from './exchange.ts';

/** Longest values, escapes counted; longer ones are cut, so that every line fits into one write to a pipe (4,096 bytes). */
const MOST_METHOD_CHARS = 32;
const MOST_TARGET_CHARS = 1_280;
const MOST_FIELD_CHARS = 384;
const MOST_NAME_CHARS = 320;

/** What one line tells. Sizes are of the whole message on the wire, heads included. */
export interface AccessEntry {
  /** IP literal; of the client that the PROXY protocol named, where there is one. */
  readonly client: string;
  /** X-Forwarded-For, where the client is trusted to tell. */
  readonly forwardedFor: string | undefined;
  readonly method: string;
  readonly host: string;
  readonly target: string;
  /** `HTTP/1.1`; empty where the head did not parse, as the three before. */
  readonly protocol: string;
  /** 499 where the client left before an answer began, 0 where the proxy ended without one. */
  readonly status: number;
  readonly outcome: Outcome;
  /** Code of the failure that the proxy answered with; empty for none. */
  readonly error: string;
  readonly requestBytes: number;
  readonly responseBytes: number;
  /** From the head's last byte to the answer's last. */
  readonly durationMs: number;
  /** To the answer's first byte; null where there was none. */
  readonly firstByteMs: number | null;
  /** How long it was held. */
  readonly waitMs: number;
  /** `namespace/name`; empty where no route matched. */
  readonly workload: string;
  /** The pod that had it last; empty where none did. */
  readonly pod: string;
  /** How often it was sent to a pod. */
  readonly attempts: number;
  readonly quiet: boolean;
  readonly userAgent: string | undefined;
  readonly referer: string | undefined;
  readonly requestId: string;
}

/** Ends a value that was cut. */
const CUT = '...';
/** All that JSON takes as it is. */
const PLAIN = /^[ !#-[\]-~]*$/;

/** A JSON string in ASCII. @param text characters 0–255, one per byte */
function quoted(text: string, mostChars: number): string {
  if (text.length <= mostChars && PLAIN.test(text)) return `"${text}"`;
  let shown = '';
  for (const char of text) {
    const escaped = PLAIN.test(char) ? char : `\\u${char.charCodeAt(0).toString(16).padStart(4, '0')}`;
    if (shown.length + escaped.length > mostChars - CUT.length) return `"${shown}${CUT}"`;
    shown += escaped;
  }
  return `"${shown}"`;
}

/** To a tenth, as in Server-Timing: few enough numbers that V8 has most of their texts in its cache. */
function milliseconds(value: number): number {
  return Math.round(value * 10) / 10;
}

function optional(name: string, text: string | undefined, mostChars = MOST_FIELD_CHARS): string {
  return text === undefined || text === '' ? '' : `,"${name}":${quoted(text, mostChars)}`;
}

/** Nothing is known of a head that does not parse. */
const UNREAD = {
  forwardedFor: undefined,
  method: '',
  host: '',
  target: '',
  protocol: '',
  outcome: 'refused',
  durationMs: 0,
  firstByteMs: null,
  waitMs: 0,
  workload: '',
  pod: '',
  attempts: 0,
  quiet: false,
  userAgent: undefined,
  referer: undefined,
} as const;

export class AccessLog {
  readonly #write: (line: string) => void;
  readonly #clock: Clock;
  #wallMs = -1;
  #time = '';

  constructor(clock: Clock, write: (line: string) => void) {
    this.#clock = clock;
    this.#write = write;
  }

  /** Writes the line of a request that is over. */
  add(entry: AccessEntry): void {
    // Like every line of the daemon's log; `optional` leaves out what does not apply.
    this.#write(
      `{"level":"info","time":"${this.#now()}","name":"rouse-proxy","msg":"request","client":"${entry.client}"` +
        optional('forwardedFor', entry.forwardedFor, MOST_NAME_CHARS) +
        (entry.protocol === ''
          ? ''
          : `,"method":${quoted(entry.method, MOST_METHOD_CHARS)},"host":${quoted(entry.host, MOST_NAME_CHARS)}` +
            `,"target":${quoted(entry.target, MOST_TARGET_CHARS)},"protocol":"${entry.protocol}"`) +
        `,"status":${entry.status},"outcome":"${entry.outcome}"${optional('error', entry.error)}` +
        `,"requestBytes":${entry.requestBytes},"responseBytes":${entry.responseBytes}` +
        `,"durationMs":${milliseconds(entry.durationMs)}` +
        (entry.firstByteMs === null ? '' : `,"firstByteMs":${milliseconds(entry.firstByteMs)}`) +
        `,"waitMs":${milliseconds(entry.waitMs)}` +
        `${optional('workload', entry.workload, MOST_NAME_CHARS)}${optional('pod', entry.pod, MOST_NAME_CHARS)},"attempts":${entry.attempts}` +
        (entry.quiet ? ',"quiet":true' : '') +
        `${optional('requestId', entry.requestId)}${optional('userAgent', entry.userAgent)}` +
        `${optional('referer', entry.referer)}}\n`,
    );
  }

  /** Of a request whose head does not parse, or did not come in time. */
  addMalformed(
    client: string,
    error: string,
    status: number,
    requestBytes: number,
    responseBytes: number,
    requestId: string,
  ): void {
    this.add({ ...UNREAD, client, error, status, requestBytes, responseBytes, requestId });
  }

  /** Made anew once a millisecond at most. */
  #now(): string {
    const wallMs = this.#clock.wallMs();
    if (wallMs !== this.#wallMs) {
      this.#wallMs = wallMs;
      this.#time = new Date(wallMs).toISOString();
    }
    return this.#time;
  }
}
