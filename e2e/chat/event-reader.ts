/** Reads a stream of server-sent events, and knows when each piece came. */
import http from 'node:http';

export interface ReadEvent {
  readonly id: string;
  readonly data: string;
}

export interface EventReader {
  /** Null while there is no answer. */
  status(): number | null;
  readonly events: readonly ReadEvent[];
  /** Why it ended: `end` in order, else what broke it; empty while it goes on. */
  ended(): string;
  close(): void;
}

/** @param headers beyond Host, e.g. `last-event-id` */
export function readEvents(
  url: string,
  headers: Readonly<Record<string, string>> = {},
  onEvent: (event: ReadEvent) => void = () => {},
): EventReader {
  const events: ReadEvent[] = [];
  let status: number | null = null;
  let ended = '';
  let rest = '';
  const end = (why: string): void => {
    if (ended === '') ended = why;
  };
  const request = http.get(url, { headers: { accept: 'text/event-stream', ...headers }, agent: false }, (response) => {
    status = response.statusCode ?? 0;
    response.setEncoding('utf8');
    response.on('data', (text: string) => {
      const blocks = (rest + text).split('\n\n');
      rest = blocks.pop() ?? '';
      for (const block of blocks) {
        const event = { id: field(block, 'id'), data: field(block, 'data') };
        events.push(event);
        onEvent(event);
      }
    });
    response.once('error', (error) => end(error.message));
    response.once('end', () => end('end'));
  });
  request.once('error', (error) => end(error.message));
  return { status: () => status, events, ended: () => ended, close: () => request.destroy() };
}

function field(block: string, name: string): string {
  return new RegExp(`^${name}: ?(.*)$`, 'm').exec(block)?.[1] ?? '';
}
