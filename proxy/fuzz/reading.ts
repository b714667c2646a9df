/** What a parser makes of a stream of messages: the form in which two of them are compared. */

export type Field = readonly [name: string, value: string];

export interface Message {
  /** Of a request; empty for a response. */
  readonly method: string;
  /** As received; empty for a response. */
  readonly target: string;
  /** Of a response; 0 for a request. */
  readonly status: number;
  readonly fields: readonly Field[];
  /** Data alone; only Node's parser tells it, of what came in and of what goes out. */
  body: string;
  trailers: readonly Field[];
  /** Another may follow on the connection; null where Node does not tell. */
  persists: boolean | null;
}

/**
 * How it went on after the last whole message: nothing more, a part of another, a message that ends the connection, or
 * a fault.
 */
export type End = 'clean' | 'incomplete' | 'closed' | 'refused';

export interface Reading {
  readonly messages: readonly Message[];
  readonly end: End;
  /** Why it was refused. */
  readonly reason: string;
  /** Of our parsers: where each message begins, and the one it ended with, if any. */
  readonly starts: readonly number[];
  /** What goes on to the other side, message by message. */
  readonly forwarded: readonly string[];
}
