import type { Page } from 'playwright-core';
import { describe, expect, it } from 'vitest';
import { boundsOf, lattice, polygons, positionsOf } from '../src/editor/geometry';
import type { Border, Collection, Comparison, Effect, Grid, Grids, Plan, Position, Step } from '../src/editor/types';
import { out, token, url, violations, visit, type Opened } from './browser';

const wide = { width: 1440, height: 900 };

/** The API beside the screen: what the screen says is asked for there. */
async function api<T>(method: string, path: string, body?: unknown, version?: number): Promise<T> {
  const response = await fetch(url + path, {
    method, headers: { Authorization: `Bearer ${token}`, 'Content-Type': 'application/json', ...(version === undefined ? {} : { 'If-Match': `"${version}"` }) },
    ...(body === undefined ? {} : { body: JSON.stringify(body) }),
  });
  const text = await response.text();
  if (!response.ok) throw new Error(`${method} ${path}: ${response.status} ${text}`);
  return (text ? JSON.parse(text) : undefined) as T;
}
async function all<T>(path: string): Promise<T[]> {
  const items: T[] = [];
  for (let next: string | null = path; next;) {
    const page: { items: T[]; next: string | null } = await api('GET', next);
    items.push(...page.items);
    next = page.next;
  }
  return items;
}
const planOf = (id: string) => api<Plan>('GET', `/api/plans/${id}`);
const gridsOf = (id: string) => api<Grids>('GET', `/api/plans/${id}/grids`);
const bordersOf = (id: string) => api<Collection<Border>>('GET', `/api/plans/${id}/borders`);

async function open(viewport: { width: number; height: number }, hash: string): Promise<Opened> {
  // A refused operation is an answer, though the browser calls its status an error.
  const opened = await visit(viewport, /status of (422|412|503)|ERR_INTERNET_DISCONNECTED|ERR_FAILED/);
  await opened.page.addInitScript((t) => { if (location.protocol.startsWith('http')) sessionStorage.setItem('gridward-token', t); }, token);
  await opened.page.goto(`${url}/${hash}`);
  return opened;
}

async function settled(page: Page): Promise<void> {
  await page.waitForLoadState('networkidle');
  await page.waitForTimeout(1200);
}
/** Waits until a key has moved the map and the map stands still again. */
async function still(page: Page): Promise<void> {
  const view = () => page.getByTestId('map').getAttribute('data-view');
  await page.waitForTimeout(350);
  for (let last = await view(), same = 0; same < 2;) {
    await page.waitForTimeout(150);
    const now = await view();
    [same, last] = now === last ? [same + 1, last] : [0, now];
  }
}
/** Waits until every write is answered. */
async function saved(page: Page): Promise<void> {
  await page.waitForTimeout(100);
  await page.locator('[data-testid=saving][data-state=idle]').waitFor();
}

/** Where a position is on the screen: the map tells where it stands. */
async function pixel(page: Page, at: Position): Promise<[number, number]> {
  const [lng = 0, lat = 0, zoom = 0] = ((await page.getByTestId('map').getAttribute('data-view')) ?? '').split(',').map(Number);
  const { width, height } = page.viewportSize() ?? wide;
  const world = ([x, y]: Position) => [((x + 180) / 360) * 512 * 2 ** zoom, ((1 - Math.log(Math.tan(Math.PI / 4 + (y * Math.PI) / 360)) / Math.PI) / 2) * 512 * 2 ** zoom] as const;
  const [a, b] = [world(at), world([lng, lat])];
  return [width / 2 + a[0] - b[0], height / 2 + a[1] - b[1]];
}

/** Chooses a grid in the chart of loads, which flies there. */
async function choose(page: Page, ref: string): Promise<void> {
  await page.getByTestId('tab-load').click();
  const row = page.locator(`[data-testid=loads] button[data-ref="${ref}"]`);
  while ((await row.count()) === 0) await page.locator('#etab-body > button.link').click();
  await row.click();
  await settled(page);
}

const message = (page: Page, key: string) => page.locator(`[data-testid=message][data-key=${key}]`).waitFor();

interface Cut { grid: Grid; line: [Position, Position] }

/** A large grid and a level line through it that the service accepts: compounds that must stay whole stand in the way of some. */
async function cuttable(id: string): Promise<Cut> {
  const { features } = await gridsOf(id);
  const box = (g: Grid) => boundsOf(positionsOf(g.geometry)) ?? [0, 0, 0, 0];
  const size = (g: Grid) => Math.min(box(g)[2] - box(g)[0], box(g)[3] - box(g)[1]);
  for (const grid of features.filter((g) => polygons(g.geometry).length === 1).sort((a, b) => size(b) - size(a))) {
    const [west, south, east, north] = box(grid);
    for (const share of [0.5, 0.4, 0.6, 0.3, 0.7]) {
      const lat = lattice([0, south + (north - south) * share])[1];
      const out = (east - west) * 0.06;
      const line: [Position, Position] = [lattice([west - out, lat]), lattice([east + out, lat])];
      const effect = await api<Effect>('POST', `/api/plans/${id}/preview`, { operation: { kind: 'split', line, grids: [grid.properties.ref] } }).catch(() => undefined);
      if (effect?.features.features.length === 2) return { grid, line };
    }
  }
  throw new Error('no grid can be cut in two');
}

describe('the grid editor', () => {
  it('redraws a town: draft, split, move a border, balance, undo, compare, propose, publish', async () => {
    const towns = (await all<{ code: string; kind: string }>('/api/units?kind=town')).map((u) => u.code);
    const town = towns[2] ?? '';
    const before = await api<{ total: number; states: Record<string, number> }>('GET', `/api/coverage?unit=${town}`);
    const { page, foreign, errors } = await open(wide, '');

    await page.getByTestId('open-editor').click();
    await page.getByTestId('town').selectOption(town);
    await page.getByTestId('plan').first().waitFor();
    await settled(page);
    await page.screenshot({ path: `${out}editor-plans-1440x900.png` });
    expect(await violations(page)).toEqual([]);

    await page.getByTestId('new-draft').click();
    await page.getByTestId('draft-name').fill('第四季度调整');
    await page.getByTestId('start-draft').click();
    await page.getByTestId('plan-name').waitFor();
    await settled(page);
    await page.screenshot({ path: `${out}editor-draft-1440x900.png` });
    const id = /#plan=(.+)$/.exec(page.url())?.[1] ?? '';
    const drafted = await planOf(id);
    expect(drafted).toMatchObject({ status: 'draft', town, name: '第四季度调整', done: 0 });
    expect(drafted.base).toBeTruthy();

    const count = (await gridsOf(id)).features.length;

    // Split: a line through the chosen grid and out on both sides.
    const { grid, line } = await cuttable(id);
    await choose(page, grid.properties.ref);
    await page.screenshot({ path: `${out}editor-loads-1440x900.png` });
    expect(await violations(page)).toEqual([]);
    const from = await pixel(page, line[0]);
    const to = await pixel(page, line[1]);
    await page.keyboard.press('s');
    await page.keyboard.press('q'); // no snapping: the test's line is its own
    await page.mouse.click(...from);
    const previewed = page.waitForResponse((r) => r.url().endsWith('/preview') && r.ok());
    await page.mouse.move(...to, { steps: 6 });
    const effect = (await (await previewed).json()) as Effect;
    expect(effect.features.features.length).toBeGreaterThan(0);
    await page.locator('[data-testid=effect][data-live=true]').waitFor();
    await page.screenshot({ path: `${out}editor-split-1440x900.png` });
    await page.mouse.click(...to);
    await page.keyboard.press('Enter');
    await page.locator('[data-testid=effect][data-live=false]').waitFor();
    await saved(page);
    expect((await planOf(id)).done).toBe(1);
    expect((await gridsOf(id)).features.length).toBe(count + 1);

    // Move a border: a corner in the middle of the new one, and then that corner.
    const parts = new Set((await api<{ items: Step[] }>('GET', `/api/plans/${id}/operations`)).items.flatMap((s) => s.grids));
    const shared = (await bordersOf(id)).features.find(({ properties: { left, right, fixed } }) => !fixed && parts.has(left ?? '') && parts.has(right ?? ''));
    const edges = (shared?.geometry.coordinates ?? []).flatMap((a, i, line) => (line[i + 1] ? [[a, line[i + 1] as Position] as const] : []));
    const edge = edges.sort(([a, b], [c, d]) => Math.hypot(d[0] - c[0], d[1] - c[1]) - Math.hypot(b[0] - a[0], b[1] - a[1]))[0];
    if (!edge) throw new Error('the split made no border');
    await page.keyboard.press('b');
    const corner = await pixel(page, [(edge[0][0] + edge[1][0]) / 2, (edge[0][1] + edge[1][1]) / 2]);
    await page.mouse.move(...corner);
    await page.mouse.click(...corner);
    await saved(page);
    expect((await planOf(id)).done).toBe(2);
    await page.mouse.move(...corner);
    await page.mouse.down();
    await page.mouse.move(corner[0] + 4, corner[1] + 18, { steps: 6 });
    await page.locator('[data-testid=effect][data-live=true]').waitFor();
    await page.screenshot({ path: `${out}editor-border-1440x900.png` });
    // Far outside of its community the corner is refused, in words.
    await page.mouse.move(corner[0], 880, { steps: 3 });
    await page.getByTestId('refused').waitFor();
    expect(await page.getByTestId('told').textContent()).toContain('不能执行');
    await page.screenshot({ path: `${out}editor-refused-1440x900.png` });
    await page.mouse.move(corner[0] + 4, corner[1] + 18, { steps: 6 });
    await page.locator('[data-testid=effect][data-live=true]').waitFor();
    await page.mouse.up();
    await saved(page);
    const moved = await planOf(id);
    expect(moved.done).toBe(3);
    const steps = (await api<{ items: Step[] }>('GET', `/api/plans/${id}/operations`)).items;
    expect(steps.map((s) => s.operation.kind)).toEqual(['split', 'insert_vertex', 'move_vertex']);
    const last = steps[2]?.operation;
    if (last?.kind !== 'move_vertex') throw new Error('the border was not moved');
    expect((await bordersOf(id)).features.some((b) => b.geometry.coordinates.some((p) => p[0] === last.to[0] && p[1] === last.to[1]))).toBe(true);

    // Balance the community of the chosen grid and take the most even of three.
    await page.keyboard.press('v');
    await page.getByTestId('tab-plan').click();
    await page.getByTestId('open-balance').click();
    await page.getByTestId('scope-chosen').check();
    await page.screenshot({ path: `${out}editor-balance-1440x900.png` });
    expect(await violations(page)).toEqual([]);
    await page.getByTestId('run-balance').click();
    await page.getByTestId('options').waitFor({ timeout: 30_000 });
    expect(await page.getByTestId('options').locator('section').count()).toBe(3);
    await page.screenshot({ path: `${out}editor-options-1440x900.png` });
    await page.getByTestId('accept-balanced').click();
    await saved(page);
    const balanced = await planOf(id);
    expect(balanced.done).toBeGreaterThan(3);
    expect(balanced.undone).toBe(0);

    // Undo and redo with the keys; the last undo stays.
    const drawn = balanced.done;
    await page.getByTestId('plan-name').click();
    await page.keyboard.press('Control+z');
    await saved(page);
    expect(await planOf(id)).toMatchObject({ done: drawn - 1, undone: 1 });
    await page.keyboard.press('Control+Shift+Z');
    await saved(page);
    expect(await planOf(id)).toMatchObject({ done: drawn, undone: 0 });
    await page.keyboard.press('Control+z');
    await saved(page);
    await page.getByTestId('tab-steps').click();
    expect(await page.locator('[data-testid=step][data-state=done]').count()).toBe(drawn - 1);
    expect(await page.locator('[data-testid=step][data-state=undone]').count()).toBe(1);
    await settled(page);
    await page.screenshot({ path: `${out}editor-steps-1440x900.png` });
    expect(await violations(page)).toEqual([]);

    // Compare with the base by swipe; the divider answers to keys.
    await page.getByTestId('tab-plan').click();
    await page.getByTestId('open-compare').click();
    const divider = page.getByTestId('divider');
    await divider.focus();
    const at = Number(await divider.getAttribute('aria-valuenow'));
    await page.keyboard.press('ArrowRight');
    expect(Number(await divider.getAttribute('aria-valuenow'))).toBe(at + 2);
    const comparison = await api<Comparison>('GET', `/api/plans/${id}/compare`);
    await page.getByTestId('compare').getByText(`${comparison.stability.kept.toLocaleString('zh-CN')}/${comparison.stability.total.toLocaleString('zh-CN')}`).waitFor();
    await settled(page);
    await page.screenshot({ path: `${out}editor-compare-1440x900.png` });
    expect(await violations(page)).toEqual([]);
    await page.getByTestId('close-compare').click();

    // A notice for a community, in a window of its own.
    await page.getByTestId('open-notices').click();
    const [notice] = await Promise.all([page.context().waitForEvent('page'), page.getByTestId('open-notice').first().click()]);
    await notice.waitForLoadState();
    expect(await notice.locator('body').textContent()).toContain('告知');
    await notice.close();
    await page.keyboard.press('Escape');

    // Problems, propose, publish as of today.
    await page.getByTestId('tab-problems').click();
    await page.locator('[data-testid=problems], [data-testid=no-problems]').first().waitFor();
    await page.screenshot({ path: `${out}editor-problems-1440x900.png` });
    expect(await violations(page)).toEqual([]);
    await page.getByTestId('tab-plan').click();
    await page.getByTestId('propose').click();
    await page.getByTestId('confirm').click();
    await message(page, 'proposed');
    expect((await planOf(id)).status).toBe('proposed');
    await page.getByTestId('publish').click();
    await page.getByTestId('reviewer').fill('张审核');
    await page.getByTestId('note').fill('按季度调整');
    await page.screenshot({ path: `${out}editor-publish-1440x900.png` });
    expect(await violations(page)).toEqual([]);
    await page.getByTestId('confirm').click();
    await message(page, 'published');
    await page.screenshot({ path: `${out}editor-published-1440x900.png` });

    const { today } = await api<{ today: string }>('GET', '/api/district');
    const published = await planOf(id);
    expect(published).toMatchObject({ status: 'published', effective_from: today, review: { reviewer: '张审核', note: '按季度调整' } });
    expect(await planOf(drafted.base ?? '')).toMatchObject({ status: 'superseded', effective_to: today });
    // The grids in force are the plan's, and nobody's duty got lost or doubled.
    const force = (await all<{ code: string }>(`/api/grids?unit=${town}&limit=1000`)).map((g) => g.code).sort();
    expect(force).toEqual((await gridsOf(id)).features.map((g) => g.properties.code).sort());
    const after = await api<typeof before>('GET', `/api/coverage?unit=${town}`);
    expect([after.total, after.states]).toEqual([before.total, before.states]);

    expect(foreign).toEqual([]);
    expect(errors).toEqual([]);
    await page.context().close();
  }, 240_000);

  it('keeps an operation while the network is away, and reads the plan anew when another hand was in it', async () => {
    const towns = (await all<{ code: string; kind: string }>('/api/units?kind=town')).map((u) => u.code);
    const draft = await api<Plan>('POST', '/api/plans', { id: crypto.randomUUID(), town: towns[3], name: '断网' });
    const { grid } = await cuttable(draft.id);
    const { page, errors } = await open(wide, `#plan=${draft.id}`);
    await page.getByTestId('plan-name').waitFor();
    await settled(page);
    await choose(page, grid.properties.ref);

    const rename = async (name: string) => {
      await page.getByTestId('tool-rename').click();
      await page.getByTestId('new-name').fill(name);
      await page.getByTestId('confirm').click();
    };
    // The answer to the first try is lost after the service has stored it.
    let lost = 0;
    await page.route('**/operations', async (route) => {
      if (route.request().method() === 'POST' && lost++ === 0) {
        await route.fetch();
        return route.abort();
      }
      return route.continue();
    });
    await rename('断网后的名字');
    await page.locator('[data-testid=saving][data-state=waiting]').waitFor();
    await saved(page);
    expect(lost).toBeGreaterThan(1);
    expect((await api<{ items: Step[] }>('GET', `/api/plans/${draft.id}/operations`)).items.length).toBe(1);
    await page.unroute('**/operations');

    await api('POST', `/api/plans/${draft.id}/operations`, { id: crypto.randomUUID(), operations: [{ kind: 'rename', grid: grid.properties.ref, name: '另一人' }] }, (await planOf(draft.id)).version);
    await rename('迟到的名字');
    await message(page, 'stale');
    await page.getByTestId('tab-steps').click();
    expect(await page.locator('[data-testid=step][data-state=done]').count()).toBe(2);
    expect((await gridsOf(draft.id)).features.find((g) => g.properties.ref === grid.properties.ref)?.properties.name).toBe('另一人');

    await page.getByTestId('back').click();
    const mine = page.locator('li', { hasText: '断网' });
    await mine.getByTestId('discard').click();
    await page.getByTestId('confirm').click();
    await mine.waitFor({ state: 'detached' });
    await expect(planOf(draft.id)).rejects.toThrow('404');
    expect(errors).toEqual([]);
    await page.context().close();
  }, 120_000);

  it('draws without a mouse and shows itself on a telephone', async () => {
    const towns = (await all<{ code: string; kind: string }>('/api/units?kind=town')).map((u) => u.code);
    const draft = await api<Plan>('POST', '/api/plans', { id: crypto.randomUUID(), town: towns[3], name: '键盘' });
    const { grid } = await cuttable(draft.id);
    const { page, errors } = await open(wide, `#plan=${draft.id}`);
    await page.getByTestId('plan-name').waitFor();
    await settled(page);
    await choose(page, grid.properties.ref);
    // The crosshair stands in the middle; arrows move the map below it.
    await page.locator('.maplibregl-canvas').first().focus();
    await page.keyboard.press('s');
    const go = async (key: string, times: number) => { for (let i = 0; i < times; i++) { await page.keyboard.press(key); await still(page); } };
    await go('ArrowLeft', 6);
    await page.keyboard.press('Space');
    await go('ArrowRight', 12);
    await page.keyboard.press('Space');
    await page.keyboard.press('Enter');
    // Where the line runs depends on the screen; through a compound it is refused, and allowed by a key.
    await page.locator('[data-testid=effect][data-live=false], [data-testid=allow]').first().waitFor();
    while (await page.getByTestId('allow').isVisible()) {
      await page.getByTestId('allow').focus();
      await page.keyboard.press('Enter');
      await page.waitForTimeout(500);
    }
    await page.locator('[data-testid=effect][data-live=false]').waitFor();
    await saved(page);
    expect((await planOf(draft.id)).done).toBe(1);
    await page.context().close();

    const phone = await open({ width: 390, height: 844 }, `#plan=${draft.id}`);
    await phone.page.getByTestId('plan-name').waitFor();
    await settled(phone.page);
    await phone.page.screenshot({ path: `${out}editor-plan-390x844.png` });
    expect(await violations(phone.page)).toEqual([]);
    await phone.page.getByTestId('tab-load').click();
    await phone.page.locator('[data-testid=loads] button').first().click();
    await settled(phone.page);
    await phone.page.screenshot({ path: `${out}editor-loads-390x844.png` });
    expect(await violations(phone.page)).toEqual([]);
    await phone.page.getByTestId('language').click();
    await phone.page.getByTestId('tab-plan').click();
    await phone.page.getByText('Review and publish').waitFor();
    await phone.page.screenshot({ path: `${out}editor-en-390x844.png` });
    expect(phone.errors).toEqual([]);
    await phone.page.context().close();
    await api('DELETE', `/api/plans/${draft.id}`, undefined, (await planOf(draft.id)).version);
    expect(errors).toEqual([]);
  }, 120_000);
});
