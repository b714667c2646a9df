#!/usr/bin/env node
// Plain JavaScript, so that an old Node can still say what it lacks: everything else is TypeScript that Node 24 runs as it is.
const major = Number(process.versions.node.split('.')[0]);
if (major < 24) {
  console.error(
    `rouse needs Node 24, this is ${process.versions.node} (${process.platform}-${process.arch}): run it through npm (npm start, npx rouse), ` +
      'which brings its own Node on linux-x64, linux-arm64 and darwin-x64; elsewhere install Node 24 or newer.',
  );
  process.exit(1);
}
const { main } = await import('../src/main.ts');
await main(process.argv.slice(2));
