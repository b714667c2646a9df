/** `node e2e/cluster/figures.ts [PART…]`: figures taken on a real control plane, as a table. All parts where none is named. */
import { blocked } from './figures/blocked.ts';
import { scale } from './figures/scale.ts';
import { type Figure, tableOf } from './figures/table.ts';
import { wakes } from './figures/wakes.ts';
import { findNamespace, isInside } from './network-namespace.ts';

const parts: ReadonlyMap<string, () => Promise<readonly Figure[]>> = new Map([
  ['wakes', wakes],
  ['blocked', blocked],
  ['scale', scale],
]);

const named = process.argv.slice(2);
const unknown = named.filter((name) => !parts.has(name));
if (unknown.length > 0) {
  console.error(`there are no figures ${unknown.join(', ')}; there are ${[...parts.keys()].join(', ')}`);
  process.exit(2);
}
if (!isInside()) {
  const found = await findNamespace();
  if (!found.ok) throw new Error(`the figures need ${found.reason}`);
  process.exit(await found.namespace.run([process.execPath, import.meta.filename, ...named]));
}
for (const [name, part] of parts) {
  if (named.length === 0 || named.includes(name)) console.log(`\n${name}\n\n${tableOf(await part())}`);
}
