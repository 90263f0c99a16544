import type { Page } from 'playwright-core';
import { describe, expect, it } from 'vitest';
import type { Figures, RollupRow, Unmet } from '../src/api/types';
import type { Explanation, EvidenceVisit } from '../src/coverage/types';
import { out, token, url, violations, visit, type Opened } from './browser';

const wide = { width: 1440, height: 900 };
const narrow = { width: 390, height: 844 };

/** The API beside the screen: what the screen says is asked for there. */
async function api<T>(path: string): Promise<T> {
  const response = await fetch(url + path, { headers: { Authorization: `Bearer ${token}` } });
  if (!response.ok) throw new Error(`${path}: ${response.status} ${await response.text()}`);
  return (await response.json()) as T;
}
const whole = () => api<Figures & { as_of: string; policy: string; period: string }>('/api/coverage');
const due = (f: Figures) => f.total - f.states.excused;
const numbers = (text: string | null) => (text?.match(/[\d,]+/g) ?? []).map((n) => Number(n.replaceAll(',', '')));

interface Watched extends Opened { refused: () => Promise<string[]>; asked: string[] }

/** A page that also keeps what the content security policy refused, and every read of coverage. */
async function open(viewport: { width: number; height: number }, hash: string): Promise<Watched> {
  const opened = await visit(viewport);
  const { page } = opened;
  const asked: string[] = [];
  page.on('request', (r) => { if (/\/(api\/coverage|tiles\/coverage)/.test(r.url())) asked.push(r.url()); });
  await page.addInitScript((t) => {
    if (location.protocol.startsWith('http')) sessionStorage.setItem('gridward-token', t);
    const w = window as unknown as { refused: string[] };
    w.refused = [];
    document.addEventListener('securitypolicyviolation', (e) => w.refused.push(`${e.violatedDirective} ${e.blockedURI} ${e.sample}`));
  }, token);
  await page.goto(`${url}/${hash}`);
  return { ...opened, asked, refused: () => page.evaluate(() => (window as unknown as { refused: string[] }).refused) };
}

async function settled(page: Page): Promise<void> {
  await page.waitForLoadState('networkidle');
  await page.waitForTimeout(1000);
}
async function shot(page: Page, name: string): Promise<void> {
  const { width = 0, height = 0 } = page.viewportSize() ?? {};
  await page.screenshot({ path: `${out}${name}-${width}x${height}.png` });
}
async function clean({ page, errors, foreign, refused }: Watched): Promise<void> {
  expect(await refused()).toEqual([]);
  expect(errors).toEqual([]);
  expect(foreign).toEqual([]);
  await page.context().close();
}
/** Waits until the table is of other rows than before. */
const table = (page: Page) => page.locator('[data-testid=heat][aria-busy=false]');
const cellsOf = async (page: Page, key: string) => (await page.locator(`[data-testid=heat] tr[data-key="${key}"] td .figures`).allTextContents()).map((text) => numbers(text));

describe('the coverage board', () => {
  it('shows towns by class, goes down to a place and says why', async () => {
    const opened = await open(wide, '');
    const { page } = opened;
    await page.getByTestId('open-board').click();
    await table(page).waitFor();
    await settled(page);
    await shot(page, 'board');
    expect(await violations(page)).toEqual([]);

    // Every cell is what the API says, as integers.
    const rows = await api<{ items: RollupRow[] }>('/api/coverage/rollup?by=town_level');
    const ofOne = await api<{ items: RollupRow[] }>('/api/coverage/rollup?by=town_level&class=1');
    expect(await page.locator('[data-testid=heat] tbody tr').count()).toBe(rows.items.length);
    for (const r of rows.items) {
      const cells = await cellsOf(page, r.key);
      expect(cells.at(-1)).toEqual([r.states.met, due(r)]);
      const one = ofOne.items.find((x) => x.key === r.key);
      if (one) expect(cells[0]).toEqual([one.states.met, due(one)]);
    }
    const total = await whole();
    expect(numbers(await page.getByTestId('class-all').getByTestId('class-figures').textContent())).toEqual([total.states.met, due(total)]);
    expect(await page.locator('[data-testid=heat] svg[role=img]').count()).toBe(ofOne.items.filter((r) => due(r) > 0).length + 1); // a trend for whoever owes something, and one of all
    await page.locator('[data-testid=heat] .chance').first().waitFor(); // and a forecast

    // Sorted by share, exactly.
    await page.getByTestId('heat-sort-2').click();
    expect(await page.locator('[data-testid=heat] th[aria-sort=ascending]').textContent()).toContain('第二类');
    const shares = (await page.locator('[data-testid=heat] tbody tr').evaluateAll((trs) => trs.map((tr) => tr.querySelectorAll('td')[1]?.querySelector('.figures')?.textContent ?? ''))).filter(Boolean).map((text) => { const [met = 0, of = 1] = numbers(text); return met / of; });
    expect(shares).toEqual([...shares].sort((a, b) => a - b));

    // Down: town, community, grid; the address goes along and leads back.
    await page.getByTestId('heat').getByRole('link', { name: '高境镇' }).click();
    await page.getByTestId('heat').getByRole('link', { name: /居委会|村委会/ }).first().waitFor();
    expect(page.url()).toContain('#board?town=310113');
    await settled(page);
    await shot(page, 'board-town');
    expect(await violations(page)).toEqual([]);
    await page.getByTestId('heat-row').first().click();
    await page.getByTestId('heat').getByRole('link', { name: /网格/ }).first().waitFor();
    const community = /community=(\d{12})/.exec(page.url())?.[1];
    await page.getByTestId('heat-row').first().click();
    await page.waitForFunction(() => document.querySelectorAll('[data-testid=heat] tbody tr').length === 1);
    const grid = /grid=(\d{15})/.exec(page.url())?.[1] ?? '';
    expect(grid.startsWith(community ?? '?')).toBe(true);
    expect(await page.getByTestId('crumbs').locator('li').count()).toBe(4);

    // The list of a grid is its own; a place of it says why.
    const town = /town=(\d{12})/.exec(page.url())?.[1];
    const missing = await api<{ items: Unmet[] }>(`/api/coverage/places?town_level=${town}&unit=${community}&grid=${grid}&limit=30`);
    await settled(page);
    expect(await page.locator('[data-testid=places] button.item').count()).toBe(missing.items.length);
    await page.locator('[data-testid=places] button.item').first().click();
    const place = page.getByTestId('place');
    await place.getByTestId('duty').first().waitFor();
    const why = await api<Explanation>(`/api/coverage/places/${missing.items[0]?.place}`);
    const period = (await whole()).period;
    expect(why.period).toBe(period);
    expect(await place.locator('.duty').count()).toBe(why.obligations.length);
    for (const o of why.obligations) for (const r of o.reasons) expect(await place.textContent()).toContain(r.zh);
    expect(await place.getByTestId('timeline').locator('li').count()).toBe(why.timeline.length);
    await settled(page);
    await shot(page, 'board-place');
    expect(await violations(page)).toEqual([]);

    // What stands in the address stands on the screen after a reload; Escape closes, and Back goes back.
    await page.reload();
    await place.getByTestId('duty').first().waitFor();
    await page.keyboard.press('Escape');
    await place.waitFor({ state: 'detached' });
    await page.getByTestId('crumbs').getByRole('link', { name: '高境镇' }).click();
    await page.waitForFunction(() => document.querySelectorAll('[data-testid=heat] tbody tr').length > 1);
    await page.goBack();
    await page.waitForFunction(() => document.querySelectorAll('[data-testid=heat] tbody tr').length === 1);
    await clean(opened);
  }, 180_000);

  it('looks from another moment and at other periods, with every read', async () => {
    const opened = await open(wide, '#board');
    const { page, asked } = opened;
    await table(page).waitFor();
    await settled(page);
    const month = (await whole()).period;

    await page.getByTestId('known').click();
    await page.getByTestId('known-field').fill(`${month}-10T08:00`);
    asked.length = 0;
    await page.getByTestId('known-apply').click();
    await page.getByTestId('known-banner').getByText(`${month}-10 08:00`).waitFor();
    await settled(page);
    expect(asked.length).toBeGreaterThan(10);
    expect(asked.filter((address) => new URL(address).searchParams.get('as_known_at') !== `${month}-10T08:00:00+08:00`)).toEqual([]);
    const then = await api<Figures>(`/api/coverage?as_known_at=${month}-10T08:00:00%2B08:00`);
    expect(numbers(await page.getByTestId('class-all').getByTestId('class-figures').textContent())).toEqual([then.states.met, due(then)]);
    await shot(page, 'board-known');
    expect(await violations(page)).toEqual([]);
    await page.getByTestId('known-banner').getByRole('button').click();
    await page.getByTestId('known-banner').waitFor({ state: 'detached' });

    await page.getByTestId('period').selectOption('other');
    await page.getByTestId('period-text').fill('2026年第99周');
    expect(await page.getByTestId('period-apply').isDisabled()).toBe(true);
    await page.getByTestId('period-text').fill(`${month}-01..${month}-07`);
    await page.getByTestId('period-apply').click();
    await table(page).waitFor();
    expect(new URLSearchParams(page.url().split('?')[1]).get('period')).toBe(`${month}-01..${month}-07`);
    await settled(page);
    await page.getByTestId('focus').selectOption('3');
    await page.getByTestId('list-likely').click();
    await page.getByTestId('likely').locator('li').first().waitFor();
    await page.getByTestId('language').click();
    await page.getByRole('heading', { name: 'Coverage heat table' }).waitFor();
    await settled(page);
    await shot(page, 'board-english');
    expect(await violations(page)).toEqual([]);
    await clean(opened);
  }, 120_000);
});

describe('coverage on the map', () => {
  it('goes through the days of a period by keys and by itself', async () => {
    const opened = await open(wide, '#board');
    const { page, asked } = opened;
    await table(page).waitFor();
    await page.getByTestId('board-map').click();
    const slider = page.getByTestId('time');
    await slider.waitFor();
    await settled(page);
    expect(await page.getByTestId('time-day').textContent()).toBe('现在');

    const days = Number(await slider.getAttribute('max'));
    const { today } = await api<{ today: string }>('/api/district');
    const yesterday = new Date(Date.parse(`${today}T00:00:00Z`) - 86_400_000).toISOString().slice(0, 10);
    if (days > 0) {
      const tile = page.waitForRequest((r) => r.url().includes('/tiles/coverage/') && new URL(r.url()).searchParams.get('as_of') === `${yesterday}T23:59:59+08:00`);
      await slider.focus();
      await page.keyboard.press('ArrowLeft');
      await tile;
      expect(await slider.getAttribute('aria-valuetext')).toContain(yesterday);
      const then = await api<Figures>(`/api/coverage?as_of=${yesterday}T23:59:59%2B08:00`);
      await page.getByTestId('coverage-figures').getByText(then.states.met.toLocaleString('en')).waitFor();
      await settled(page);
      await shot(page, 'coverage-time');
      expect(await violations(page)).toEqual([]);
      // It plays to the end and stops there.
      await page.getByTestId('play').click();
      await page.waitForFunction(() => document.querySelector('[data-testid=time-day]')?.textContent === '现在');
      await page.getByRole('button', { name: '播放' }).waitFor();
    }
    // A period that is over, from its first day on; a key stops it on the way.
    const last = stepBack(today);
    await page.getByTestId('period').selectOption(last);
    await slider.focus();
    await page.keyboard.press('Home');
    await page.getByTestId('time-day').getByText(`${last}-01`).waitFor();
    await page.keyboard.press(' ');
    await page.waitForFunction((first) => !document.querySelector('[data-testid=time-day]')?.textContent?.includes(first), `${last}-01`);
    await page.keyboard.press(' ');
    const stopped = await page.getByTestId('time-day').textContent();
    await page.waitForTimeout(1600);
    expect(await page.getByTestId('time-day').textContent()).toBe(stopped);
    expect(asked.filter((a) => a.includes('/tiles/')).every((a) => new URL(a).searchParams.has('period'))).toBe(true);

    // A place that an address names is opened, ringed and explained as of the day.
    const [p] = (await api<{ items: Unmet[] }>('/api/coverage/places?state=disputed&limit=1')).items;
    await page.goto(`${url}/#map?mode=coverage&place=${p?.place}`);
    await page.getByTestId('place').getByTestId('duty').first().waitFor();
    await settled(page);
    await page.getByTestId('place').locator('summary').click();
    await page.getByTestId('place').getByTestId('timeline').waitFor();
    await settled(page);
    await shot(page, 'coverage-place');
    expect(await violations(page)).toEqual([]);
    await clean(opened);
  }, 180_000);
});

/** The month before a day's. */
function stepBack(day: string): string {
  const [y = 0, m = 0] = day.split('-').map(Number);
  return m === 1 ? `${y - 1}-12` : `${y}-${String(m - 1).padStart(2, '0')}`;
}

describe('evidence', () => {
  it('ranks patterns, draws why, and takes a reviewer’s word', async () => {
    const opened = await open(wide, '');
    const { page } = opened;
    await page.getByTestId('open-evidence').click();
    await page.getByTestId('pattern-finding').first().waitFor({ timeout: 60_000 });
    expect(await violations(page)).toEqual([]);
    const before = await page.getByTestId('map').getAttribute('data-view');
    await page.getByTestId('pattern-finding').first().click();
    await page.getByTestId('finding').getByTestId('examples').locator('li').first().waitFor();
    await page.waitForFunction((view) => document.querySelector<HTMLElement>('[data-testid=map]')?.dataset.view !== view, before);
    await settled(page);
    await shot(page, 'evidence');
    expect(await violations(page)).toEqual([]);

    await page.getByTestId('ev-visits').click();
    await page.getByTestId('grade-C').uncheck();
    const visits = page.getByTestId('evidence-visits').locator('li');
    await page.waitForFunction(() => location.hash.includes('grade=D'));
    await visits.first().waitFor({ timeout: 60_000 });
    await settled(page);
    const worst = (await api<{ items: EvidenceVisit[] }>('/api/evidence?grade=D&limit=25')).items;
    expect(await visits.count()).toBe(worst.length);
    await visits.first().locator('button.name').click();
    await settled(page);
    await shot(page, 'evidence-visits');
    expect(await violations(page)).toEqual([]);

    const [visited] = worst;
    const said = page.waitForResponse((r) => r.url().endsWith(`/api/inspections/${visited?.inspection.id}/reviews`));
    await visits.first().getByTestId('accept').click();
    await page.getByTestId('review-reason').fill('现场照片已核对');
    await shot(page, 'evidence-review');
    expect(await violations(page)).toEqual([]);
    await page.getByTestId('review-send').click();
    expect((await said).status()).toBe(201);
    await visits.first().getByText('已认可').waitFor();
    // The word stands in the place's history, and the visit counts.
    const why = await api<Explanation>(`/api/coverage/places/${visited?.place.id}`);
    expect(why.timeline.some((e) => e.kind === 'review')).toBe(true);
    expect(why.timeline.find((e) => e.kind === 'visit' && e.inspection === visited?.inspection.id)?.counts).toBe(true);
    await clean(opened);
  }, 180_000);
});

describe('reports', () => {
  it.each(['day', 'month'] as const)('a %s’s says what it rests on and fits on A4', async (kind) => {
    const opened = await open(wide, '');
    const { page } = opened;
    await page.getByTestId('open-report').click();
    await page.getByTestId('report-kind').selectOption(kind);
    await page.getByTestId('report-rows').waitFor({ timeout: 60_000 });
    await settled(page);
    await shot(page, `report-${kind}`);
    expect(await violations(page)).toEqual([]);
    const { policy } = await whole();
    expect(await page.getByTestId('basis').textContent()).toContain(policy);
    expect(await page.getByTestId('basis').textContent()).toContain('已知的情况为准');
    expect(await page.getByTestId('synthetic').textContent()).toContain('演示数据');

    // The total is the sum of its rows and what the API says of the period.
    const dues = await page.locator('[data-testid=report-rows] tbody tr').evaluateAll((trs) => trs.map((tr) => [tr.querySelector('th.of')?.textContent ?? '', tr.querySelector('td')?.textContent ?? '']));
    const first = dues.filter(([of]) => of === '第一类').map(([, n]) => numbers(n ?? '')[0] ?? 0);
    expect(first.slice(0, -1).reduce((a, b) => a + b, 0)).toBe(first.at(-1));
    expect(numbers(await page.locator('[data-testid=report-totals] tbody td').first().textContent())).toEqual([first.at(-1)]);
    if (kind === 'month') {
      expect(await page.getByTestId('complete').textContent()).toMatch(/第一类：\d+ 个居村委中 \d+ 个全覆盖/);
      const { items } = await api<{ items: RollupRow[] }>('/api/coverage/rollup?by=community');
      expect(await page.locator('[data-testid=report-communities] tbody tr').count()).toBe(items.length);
      expect(await page.getByTestId('report-forecast').count()).toBe(2);
    } else expect(await page.getByTestId('report-worst').locator('tbody tr').count()).toBe(12);

    await page.emulateMedia({ media: 'print' });
    expect(await page.getByTestId('print').isVisible()).toBe(false);
    expect(await page.getByTestId('map').isVisible()).toBe(false);
    await page.setViewportSize({ width: 794, height: 1123 });
    await page.screenshot({ path: `${out}report-${kind}-a4.png` });
    const pdf = (await page.pdf({ path: `${out}report-${kind}.pdf`, preferCSSPageSize: true, printBackground: true })).toString('latin1');
    const box = /MediaBox\s*\[\s*0 0 ([\d.]+) ([\d.]+)/.exec(pdf) ?? [];
    expect([Math.round(Number(box[1])), Math.round(Number(box[2]))]).toEqual([595, 842]);
    const pages = pdf.match(/\/Type\s*\/Page\b/g)?.length ?? 0;
    expect(pages).toBeGreaterThan(1);
    expect(pages).toBeLessThan(25);
    await clean(opened);
  }, 180_000);
});

describe('coverage on a telephone', () => {
  it('works on a narrow screen, and nothing stands out of it', async () => {
    const opened = await open(narrow, '#board');
    const { page } = opened;
    const fits = () => page.evaluate(() => [document.documentElement, ...document.querySelectorAll('.page')].every((e) => e.scrollWidth <= innerWidth));
    await table(page).waitFor();
    await settled(page);
    await shot(page, 'board');
    expect(await violations(page)).toEqual([]);
    expect(await fits()).toBe(true);
    await page.getByTestId('known').click();
    await page.getByTestId('known-field').waitFor();
    expect(await fits()).toBe(true);
    await page.getByTestId('known').click();
    await page.locator('[data-testid=places] button.item').first().click();
    await page.getByTestId('place').getByTestId('duty').first().waitFor();
    await settled(page);
    await shot(page, 'board-place');
    expect(await violations(page)).toEqual([]);
    await page.getByTestId('place-map').click();
    await page.getByTestId('place').getByTestId('duty').first().waitFor();
    await page.keyboard.press('Escape');
    await page.getByTestId('time').focus();
    await page.keyboard.press('ArrowLeft');
    await settled(page);
    await shot(page, 'coverage-time');
    expect(await violations(page)).toEqual([]);

    await page.goto(`${url}/#evidence`);
    await page.getByTestId('pattern-finding').first().click({ timeout: 60_000 });
    await page.getByTestId('finding').waitFor();
    await settled(page);
    await shot(page, 'evidence');
    expect(await violations(page)).toEqual([]);
    await page.goto(`${url}/#report/day`);
    await page.getByTestId('report-rows').waitFor({ timeout: 60_000 });
    await settled(page);
    await shot(page, 'report-day');
    expect(await violations(page)).toEqual([]);
    expect(await fits()).toBe(true);
    await clean(opened);
  }, 180_000);
});
