/** The model behind the KServe V1 protocol: `POST /v1/models/custom-model:predict` with `{"instances": [[…4 numbers…]]}`. */
import { Hono } from 'hono';
import { type Model, predict } from './model.ts';

const name = 'custom-model';

function readInstances(body: unknown): number[][] | undefined {
  const instances = (body as { instances?: unknown } | null)?.instances;
  if (!Array.isArray(instances) || instances.length === 0 || instances.length > 100) return undefined;
  const isRow = (row: unknown) =>
    Array.isArray(row) && row.length === 4 && row.every((value) => Number.isFinite(value));
  return instances.every(isRow) ? instances : undefined;
}

export function createApp(model: Model): Hono {
  const app = new Hono();
  app.get('/healthz', (context) => context.text('ok'));
  app.get(`/v1/models/${name}`, (context) => context.json({ name, ready: true, accuracy: model.accuracy }));
  app.post('/v1/models/:call', async (context) => {
    if (context.req.param('call') !== `${name}:predict`) return context.json({ error: 'no such model or verb' }, 404);
    const instances = readInstances(await context.req.json().catch(() => null));
    if (instances === undefined) {
      return context.json({ error: 'instances: 1 to 100 rows of four numbers are needed, as in input.json' }, 400);
    }
    return context.json({ predictions: instances.map((instance) => predict(model, instance)) });
  });
  return app;
}
