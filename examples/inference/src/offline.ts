/** `node src/offline.ts input.json`: the same prediction without a server, to compare with. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { predict, train } from './model.ts';

const { instances } = JSON.parse(readFileSync(process.argv[2]!, 'utf8')) as { instances: number[][] };
const model = train(join(import.meta.dirname, '../data/iris.csv'));
console.log(JSON.stringify({ predictions: instances.map((instance) => predict(model, instance)) }));
