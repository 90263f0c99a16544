import { mkdirSync } from 'node:fs';
import axe from 'axe-core';
import { chromium, type Browser, type Page } from 'playwright-core';
import { afterAll, beforeAll } from 'vitest';

export const url = process.env.GRIDWARD_URL ?? '';
export const token = process.env.GRIDWARD_TOKEN ?? '';
/** Where the screenshots go. */
export const out = new URL('./out/', import.meta.url).pathname;

export let browser: Browser;

beforeAll(async () => {
  if (!url || !token) throw new Error('GRIDWARD_URL and GRIDWARD_TOKEN are needed: run e2e/run.sh');
  mkdirSync(out, { recursive: true });
  browser = await chromium.launch({
    executablePath: process.env.CHROMIUM ?? '/usr/bin/chromium',
    args: ['--no-sandbox', '--disable-gpu', '--enable-unsafe-swiftshader', '--disable-background-networking', '--disable-component-update', '--disable-sync', '--no-first-run'],
  });
});
afterAll(() => browser?.close());

export interface Opened { page: Page; foreign: string[]; errors: string[] }

/**
 * A page of a visitor of its own, that keeps what went to other hosts and what went wrong; `expected` are errors that a test provokes.
 * Unless it is `live` it hears of no changes: with that line open the network is never at rest.
 */
export async function visit(viewport: { width: number; height: number }, expected?: RegExp, live = false): Promise<Opened> {
  const context = await browser.newContext({ viewport, locale: 'zh-CN' });
  const page = await context.newPage();
  if (!live) await page.route('**/changes?*', (route) => route.fulfill({ status: 204 }));
  const foreign: string[] = [];
  const errors: string[] = [];
  page.on('request', (r) => { if (!r.url().startsWith(url) && !/^(blob|data):/.test(r.url())) foreign.push(r.url()); });
  page.on('console', (m) => { if (m.type() === 'error' && !expected?.test(m.text())) errors.push(m.text()); });
  page.on('pageerror', (e) => errors.push(String(e)));
  return { page, foreign, errors };
}

/** What axe finds wrong with the page as it stands, one line each. */
export async function violations(page: Page): Promise<string[]> {
  await page.evaluate(axe.source);
  return page.evaluate(async () => {
    const found = await (window as unknown as { axe: typeof axe }).axe.run({ exclude: [['.maplibregl-canvas-container']] });
    return found.violations.flatMap((v) => v.nodes.map((n) => `${v.id}: ${n.target.join(' ')} — ${n.failureSummary}`));
  });
}
