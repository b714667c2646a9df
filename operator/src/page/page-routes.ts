/** Serves the page's own files, and uPlot from its package, from memory: nothing else of the disk is reachable. */
import { createHash } from 'node:crypto';
import { readdirSync, readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, extname, join } from 'node:path';
import { Hono } from 'hono';

const MEDIA_TYPES = new Map([
  ['.html', 'text/html; charset=utf-8'],
  ['.js', 'text/javascript; charset=utf-8'],
  ['.css', 'text/css; charset=utf-8'],
  ['.svg', 'image/svg+xml'],
]);

interface PageFile {
  readonly path: string;
  readonly file: string;
}

export function pageRoutes(): Hono {
  const page = new Hono();
  for (const { path, file } of pageFiles()) {
    const bytes = readFileSync(file);
    const etag = `"${createHash('sha256').update(bytes).digest('base64url').slice(0, 22)}"`;
    const headers = { 'content-type': MEDIA_TYPES.get(extname(file))!, etag, 'cache-control': 'no-cache' };
    page.get(path, (c) =>
      c.req.header('if-none-match') === etag ? c.body(null, 304, { etag }) : c.body(bytes, 200, headers),
    );
  }
  return page;
}

function pageFiles(): PageFile[] {
  const assets = join(import.meta.dirname, 'assets');
  const names = readdirSync(assets).filter((name) => MEDIA_TYPES.has(extname(name)));
  const own = names.map((name) => ({ path: name === 'index.html' ? '/' : `/${name}`, file: join(assets, name) }));
  const uplot = dirname(createRequire(import.meta.url).resolve('uplot'));
  return [
    ...own,
    { path: '/uplot.js', file: join(uplot, 'uPlot.esm.js') },
    { path: '/uplot.css', file: join(uplot, 'uPlot.min.css') },
  ];
}
