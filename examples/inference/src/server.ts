/** Trains the model, then serves it on `PORT`. */
import { join } from 'node:path';
import { serve } from '@hono/node-server';
import { createApp } from './app.ts';
import { train } from './model.ts';

const model = train(join(import.meta.dirname, '../data/iris.csv'));
const server = serve({
  fetch: createApp(model).fetch,
  port: Number(process.env.PORT ?? 8080),
  hostname: process.env.HOST ?? '0.0.0.0',
});
console.log(`model trained, accuracy ${model.accuracy.toFixed(3)}`);
process.once('SIGTERM', () => server.close(() => process.exit(0)));
