/** Greets, and says which pod did. */
import { serve } from '@hono/node-server';
import { Hono } from 'hono';

const app = new Hono();
app.get('/healthz', (context) => context.text('ok'));
app.get('/*', (context) => context.text(`hello from ${process.env.POD_NAME ?? 'a pod'}\n`));

const server = serve({
  fetch: app.fetch,
  port: Number(process.env.PORT ?? 8080),
  hostname: process.env.HOST ?? '0.0.0.0',
});
process.once('SIGTERM', () => server.close(() => process.exit(0)));
