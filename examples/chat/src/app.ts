/** The room over HTTP: the page, what is said as server-sent events, and POST to say something. */
import { readFileSync } from 'node:fs';
import { Hono } from 'hono';
import { streamSSE } from 'hono/streaming';
import type { Room } from './room.ts';

const page = readFileSync(new URL('./page.html', import.meta.url), 'utf8');

/** @param ended aborted when streams of events have to end: the pod goes */
export function createApp(base: string, room: Room, ended: AbortSignal): Hono {
  const app = new Hono();
  app.get('/healthz', (context) => context.text('ok'));
  app.get('/', (context) => context.redirect(`${base}/`));
  app.get(base, (context) => context.redirect(`${base}/`));
  app.get(`${base}/`, (context) => context.html(page));
  app.post(`${base}/messages`, async (context) => context.json(room.say(await context.req.text()), 201));
  app.get(`${base}/events`, (context) =>
    streamSSE(context, async (stream) => {
      const tell = ({ id, text, pod }: ReturnType<Room['say']>) =>
        stream.writeSSE({ id, data: JSON.stringify({ text, pod }) });
      for (const message of room.since(context.req.header('last-event-id'))) void tell(message);
      const leave = room.join(tell);
      await new Promise<void>((resolve) => {
        stream.onAbort(resolve);
        ended.addEventListener('abort', () => resolve(), { once: true });
      });
      leave();
    }),
  );
  return app;
}
