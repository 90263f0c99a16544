import type { Page } from 'playwright-core';
import { describe, expect, it } from 'vitest';
import { browser, out, token, url, violations, visit, type Opened } from './browser';

async function open(width: number, height: number, hash = `#token=${token}`): Promise<Opened> {
  const opened = await visit({ width, height });
  await opened.page.goto(`${url}/${hash}`);
  return opened;
}

/** Waits until the map has asked for and drawn what it wants. */
async function settled(page: Page): Promise<void> {
  await page.waitForLoadState('networkidle');
  await page.waitForTimeout(1500);
}

/** How much of a part of the screen is plain white, from 0 to 1. */
async function white(page: Page, clip: { x: number; y: number; width: number; height: number }): Promise<number> {
  const png = (await page.screenshot()).toString('base64'); // whole: a clip is painted by itself
  const blank = await browser.newPage();
  const share = await blank.evaluate(async ({ data, clip }) => {
    const image = await createImageBitmap(await (await fetch(`data:image/png;base64,${data}`)).blob());
    const context = new OffscreenCanvas(image.width, image.height).getContext('2d');
    if (!context) throw new Error('no canvas');
    context.drawImage(image, 0, 0);
    const { data: pixels } = context.getImageData(clip.x, clip.y, clip.width, clip.height);
    let n = 0;
    for (let i = 0; i < pixels.length; i += 4) if ((pixels[i] ?? 0) + (pixels[i + 1] ?? 0) + (pixels[i + 2] ?? 0) >= 3 * 254) n++;
    return (4 * n) / pixels.length;
  }, { data: png, clip });
  await blank.close();
  return share;
}

describe('the console', () => {
  it('asks who you are and refuses a bad token', async () => {
    const { page } = await open(1440, 900, '');
    expect(await violations(page)).toEqual([]);
    await page.getByLabel('访问令牌').fill('gw.310113.00000000000000000000000000000000.AAAA');
    await page.getByRole('button', { name: '登录' }).click();
    await page.getByRole('alert').waitFor();
    expect(await page.getByRole('alert').textContent()).toContain('令牌无效');
    await page.context().close();
  });

  it('shows within a second what others report', async () => {
    const { page, errors } = await visit({ width: 1440, height: 900 }, undefined, true);
    const listening = page.waitForResponse((r) => r.url().includes('/changes?'));
    await page.goto(`${url}/#token=${token}`);
    await listening;
    const first = page.waitForResponse((r) => r.url().includes('/tiles/heat/'));
    await page.getByTestId('mode-heat').click();
    await first;
    await page.waitForTimeout(3000);
    const asked: string[] = [];
    page.on('request', (r) => { if (r.url().includes('/tiles/')) asked.push(r.url()); });
    const again = page.waitForResponse((r) => r.url().includes('/tiles/heat/') && r.status() === 200, { timeout: 10_000 });
    const sent = await fetch(`${url}/api/hazards`, { method: 'POST', headers: { Authorization: `Bearer ${token}`, 'Content-Type': 'application/json' },
      body: JSON.stringify({ id: crypto.randomUUID(), type: 'lpg_misuse', severity: 4, lon: 121.4301, lat: 31.3702, discovered_at: new Date(Date.now() - 60_000).toISOString(), origin: '12345' }) });
    expect(sent.status).toBe(201);
    await again;
    await page.waitForTimeout(1000);
    // Of all that is on the screen only what lies around the hazard is asked for again.
    expect(asked.filter((address) => !address.includes('/tiles/heat/'))).toEqual([]);
    expect(new Set(asked).size).toBeLessThanOrEqual(2);
    expect(errors).toEqual([]);
    await page.context().close();
  });

  it('shows the district, its layers, heat and coverage, without the internet and without errors', async () => {
    const { page, foreign, errors } = await open(1440, 900);
    await page.getByRole('heading', { name: /宝山区/ }).first().waitFor();
    expect(page.url()).not.toContain('token');
    await settled(page);
    await page.screenshot({ path: `${out}layers-1440x900.png` });
    expect(await violations(page)).toEqual([]);

    await page.getByTestId('layer-street-shop').check();
    await page.getByTestId('mode-heat').click();
    await settled(page);
    await page.screenshot({ path: `${out}heat-1440x900.png` });
    expect(await violations(page)).toEqual([]);
    const filtered = page.waitForRequest((r) => r.url().includes('/tiles/heat/') && r.url().includes('type=lpg_misuse'));
    await page.getByTestId('hazard-lpg_misuse').check();
    await filtered;

    await page.getByTestId('mode-coverage').click();
    await page.getByTestId('coverage-figures').waitFor();
    await settled(page);
    await page.screenshot({ path: `${out}coverage-1440x900.png` });
    expect(await violations(page)).toEqual([]);

    const units = () => page.locator('tbody tr td:first-child').allTextContents();
    const unmet = async () => (await page.locator('tbody tr td:nth-child(3)').allTextContents()).map((s) => Number(s.replaceAll(',', '')));
    // Twelve towns and the park, which answers for class III inside it; nothing counts twice.
    expect((await units()).length).toBe(13);
    expect(await page.locator('tbody tr', { hasText: '园区·第三类' }).count()).toBe(1);
    const due = async () => (await page.locator('tbody tr td:nth-child(2)').allTextContents()).reduce((sum, s) => sum + Number(s.replaceAll(',', '')), 0);
    expect(await due()).toBe(Number(/\/ ([\d,]+)/.exec((await page.getByTestId('coverage-figures').locator('span').textContent()) ?? '')?.[1]?.replaceAll(',', '')));
    await page.getByTestId('sort-unmet').click();
    const falling = await unmet();
    expect(falling).toEqual([...falling].sort((a, b) => b - a));
    await page.getByTestId('sort-unmet').click();
    expect(await unmet()).toEqual([...falling].reverse());

    await page.getByRole('button', { name: '高境镇' }).click();
    await page.waitForFunction(() => document.querySelectorAll('tbody tr').length > 13);
    await settled(page);
    await page.screenshot({ path: `${out}town-1440x900.png` });
    expect(await violations(page)).toEqual([]);

    // A community's rows are its grids; one of them is flown to and outlined.
    await page.locator('tbody button.name').first().click();
    await page.locator('tbody button.name', { hasText: '网格' }).first().waitFor();
    const grid = page.waitForResponse((r) => /\/api\/grids\/\d{15}$/.test(r.url()));
    await page.locator('tbody button.name').first().click();
    expect((await grid).status()).toBe(200);
    await settled(page);
    await page.screenshot({ path: `${out}grid-1440x900.png` });

    await page.locator('button.item').first().click();
    await page.getByTestId('place').getByText('责任主体').waitFor();
    expect(await page.getByTestId('place').locator('.reason').first().textContent()).toBeTruthy();
    await settled(page);
    await page.screenshot({ path: `${out}place-1440x900.png` });
    expect(await violations(page)).toEqual([]);

    // The tabs are one stop of the Tab key; arrows go between them.
    await page.getByTestId('mode-coverage').focus();
    await page.keyboard.press('ArrowLeft');
    expect(await page.getByTestId('mode-heat').getAttribute('aria-selected')).toBe('true');
    await page.keyboard.press('ArrowRight');
    expect(await page.evaluate(() => document.activeElement?.id)).toBe('tab-coverage');

    await page.getByTestId('language').click();
    await page.getByTestId('place').getByText('Who answers').waitFor();
    expect(foreign).toEqual([]);
    expect(errors).toEqual([]);
    await page.context().close();
  });

  it('finds a place by name and works on a telephone', async () => {
    const { page, errors } = await open(390, 844);
    await page.getByRole('searchbox').fill('宝林');
    await page.locator('.box li button').first().click();
    await page.getByTestId('place').getByText('巡查任务与理由').waitFor();
    await settled(page);
    await page.screenshot({ path: `${out}place-390x844.png` });
    expect(await violations(page)).toEqual([]);
    await page.keyboard.press('Escape');
    await page.getByTestId('mode-coverage').click();
    await page.getByTestId('coverage-figures').waitFor();
    await settled(page);
    await page.screenshot({ path: `${out}coverage-390x844.png` });
    expect(await violations(page)).toEqual([]);
    // A place of the list leaves the map above its sheet to be seen.
    await page.locator('button.item').first().click();
    await page.getByTestId('place').getByText('巡查任务与理由').waitFor();
    await settled(page);
    await page.screenshot({ path: `${out}unmet-390x844.png` });
    expect(await white(page, { x: 5, y: 0, width: 380, height: 337 })).toBeLessThan(0.5);
    expect(await violations(page)).toEqual([]);
    expect(errors).toEqual([]);
    await page.context().close();
  });
});
