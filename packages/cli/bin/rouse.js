#!/usr/bin/env node
// Plain JavaScript, so that an old Node can still say what it lacks: everything else is TypeScript that Node 24 runs as it is.
if (Number(process.versions.node.split('.')[0]) >= 24) {
  import('../src/run.ts').then(({ run }) => run());
} else {
  import('./newer-node.js').then(({ runWithNewerNode }) => runWithNewerNode());
}
