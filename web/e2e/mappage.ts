import { build } from 'vite';
import type { Page } from 'playwright-core';
import { url, visit, type Opened } from './browser';

/** Where the page stands on the service's own address, so that tiles are of the same origin. */
const folder = '/map-page/';

const html = `<!doctype html><html lang="zh-CN"><title>map</title><link rel="icon" href="data:,">
<style>html, body, #map { margin: 0; height: 100% }</style><div id="map"></div>`;

interface Served { path: string; body: string | Buffer; type: string }

let served: Promise<Served[]> | undefined;

/** The console's map code with MapLibre, bundled as the console is. */
async function bundle(): Promise<Served[]> {
  const out = await build({
    root: new URL('..', import.meta.url).pathname, configFile: false, logLevel: 'error', base: folder, publicDir: false,
    build: { write: false, target: 'es2022', minify: false, chunkSizeWarningLimit: 5000, rollupOptions: { input: new URL('./mappage/entry.ts', import.meta.url).pathname } },
  });
  if (Array.isArray(out) || !('output' in out)) throw new Error('one bundle was expected');
  const files = out.output.map((f): Served => ({
    path: folder + f.fileName, body: f.type === 'chunk' ? f.code : Buffer.from(f.source),
    type: /\.m?js$/.test(f.fileName) ? 'text/javascript' : f.fileName.endsWith('.css') ? 'text/css' : 'application/octet-stream',
  }));
  const entry = out.output.find((f) => f.type === 'chunk' && f.isEntry);
  const css = files.filter((f) => f.type === 'text/css').map((f) => `<link rel="stylesheet" href="${f.path}">`).join('');
  return [...files, { path: folder, body: `${html}${css}<script type="module" src="${folder}${entry?.fileName}"></script>`, type: 'text/html' }];
}

/**
 * A page with an empty element #map, and with the console's map code as `window.parts`: tests look at the map itself there, which the
 * console keeps to itself.
 */
export async function mapPage(viewport: { width: number; height: number }): Promise<Opened> {
  const files = await (served ??= bundle());
  const opened = await visit(viewport);
  await opened.page.route(`${url}${folder}**`, (route) => {
    const file = files.find((f) => f.path === new URL(route.request().url()).pathname);
    return file ? route.fulfill({ body: file.body, contentType: file.type }) : route.fulfill({ status: 404 });
  });
  await opened.page.goto(`${url}${folder}`);
  await ready(opened.page);
  return opened;
}

const ready = (page: Page): Promise<unknown> => page.waitForFunction(() => 'parts' in window);
