/** WebSocket and server-sent events of a soak: clients of the example `chat` that come, talk, listen and go. */
import { setTimeout as pause } from 'node:timers/promises';
import { until } from '@rouse/contract/testing';
import { ChatSocket } from '../chat/chat-socket.ts';
import { readEvents } from '../chat/event-reader.ts';
import { request } from '../request.ts';
import type { SoakOutcome } from './http-traffic.ts';
import type { Send } from './schedule.ts';

const PATIENCE_MS = 60_000;
const MESSAGES = 3;
const LONGEST_PAUSE_MS = 600;
const FILE_BYTES = 100_000;

/** A connection to the chat `name`, once it is open. */
export interface ChatClient {
  /** Says it and waits until it is heard. @throws when it is not, or the connection ends */
  say(text: string): Promise<unknown>;
  /** Leaves in order. @throws when the other side does not agree */
  close(): Promise<unknown>;
}

export async function openSocket(port: number, name: string): Promise<ChatClient> {
  const socket = await new ChatSocket(`ws://localhost:${port}/${name}/socket`).open();
  return {
    say: async (text) => {
      const { text: heard } = await socket.say(text);
      if (heard !== text) throw new Error(`heard ${heard} in place of ${text}`);
    },
    close: async () => {
      const code = await socket.close();
      if (code !== 1000) throw new Error(`closed with ${code}`);
    },
  };
}

/** Speaks by POST, and listens to the events. */
export async function openEvents(port: number, name: string): Promise<ChatClient> {
  const events = readEvents(`http://localhost:${port}/${name}/events`);
  const whileOpen = <T>(condition: () => T, what: string): Promise<unknown> =>
    until(
      () => {
        if (events.ended() !== '') throw new Error(events.ended());
        return condition();
      },
      what,
      PATIENCE_MS,
    );
  await whileOpen(() => events.status() === 200, 'a stream of events');
  return {
    say: async (text) => {
      const { status } = await request(port, 'localhost', `/${name}/messages`, { method: 'POST', body: text });
      // Lost with its pod, as the stream is then.
      if (status !== 201) await whileOpen(() => false, 'the end of the stream');
      await whileOpen(() => events.events.some(({ data }) => JSON.parse(data).text === text), `the event ${text}`);
    },
    close: async () => events.close(),
  };
}

/** A short visit. */
export async function visitChat(port: number, { id, workload, kind, chance }: Send): Promise<SoakOutcome> {
  const startedAtMs = Date.now();
  let status: number | null = null;
  let fault = '';
  try {
    const client = await (kind === 'events' ? openEvents(port, workload) : openSocket(port, workload));
    status = kind === 'events' ? 200 : 101;
    for (let count = 0; count < MESSAGES; count++) {
      await client.say(`${id} ${count} ${count === 1 && kind === 'websocket' ? 'x'.repeat(FILE_BYTES) : ''}`);
      await pause(chance * LONGEST_PAUSE_MS);
    }
    await client.close();
  } catch (error) {
    fault = (error as Error).message;
  }
  const common = { id, workload, kind, method: 'GET', left: false, startedAtMs, tookMs: Date.now() - startedAtMs };
  return { ...common, status, complete: fault === '', fault };
}
