import { validateStyleMin } from '@maplibre/maplibre-gl-style-spec';
import type { StyleSpecification } from 'maplibre-gl';
import { beforeAll, describe, expect, it } from 'vitest';
import palette from '../src/map/palette.json';
import { out, token, url } from './browser';
import { mapPage } from './mappage';
import type { Parts } from './mappage/entry';

const headers = { Authorization: `Bearer ${token}` };
const ask = async <T>(address: string): Promise<T> => {
  const answer = await fetch(address, { headers });
  expect([address, answer.status]).toEqual([address, 200]);
  return (await answer.json()) as T;
};

interface Item { map: string; url: string }

/** Every text of a value. */
const texts = (v: unknown): string[] => (typeof v === 'string' ? [v] : v && typeof v === 'object' ? Object.values(v).flatMap(texts) : []);
const colors = (v: unknown): string[] => texts(v).filter((s) => /^(#|rgb|hsl)/.test(s));

/** A layer in which a map must show something at first, and others with how far in. */
const first: Record<string, string> = { coverage: 'areas', heat: 'heat', hazards: 'hazard-cluster', places: 'micro-station-point', grids: 'grid-line' };
const shows: Record<string, [layer: string, zoom: number][]> = {
  coverage: [['areas', 12.2], ['states', 15]],
  heat: [['heat', 12.2], ['heat', 15]],
  hazards: [['hazard-count', 12.2], ['hazard', 15.5]],
  places: [['residential-compound-fill', 13], ['building-fill', 15.5]],
  grids: [['grid-line', 12.5], ['grid-name', 15]],
};

let items: Item[] = [];
beforeAll(async () => {
  items = (await ask<{ items: Item[] }>(`${url}/styles`)).items;
});

describe('the styles of the built-in maps', () => {
  it('are what the specification says, of layers that there are, in the palette’s colours', async () => {
    const { items: layers } = await ask<{ items: { color: string }[] }>(`${url}/api/layers`);
    const known = new Set([...colors(palette), ...layers.map((l) => l.color)]);
    expect(items.map((i) => i.map)).toEqual(Object.keys(shows));
    for (const { map, url: address } of items) {
      const style = await ask<StyleSpecification>(address);
      expect([map, validateStyleMin(style).map((e) => e.message)]).toEqual([map, []]);
      expect([map, style.glyphs, style.sprite]).toEqual([map, undefined, undefined]);
      const sourceLayers = new Map<string, string[]>();
      for (const [name, source] of Object.entries(style.sources)) {
        const about = await ask<{ vector_layers: { id: string }[] }>((source as { url: string }).url);
        sourceLayers.set(name, about.vector_layers.map((l) => l.id));
      }
      for (const l of style.layers) {
        if (l.type !== 'background') expect([map, l.id, sourceLayers.get(l.source)]).toEqual([map, l.id, expect.arrayContaining([l['source-layer']])]);
        for (const c of colors(l.paint)) expect([map, l.id, known.has(c)]).toEqual([map, l.id, true]);
      }
    }
  });

  it('are so too where nothing is to be seen, and of narrowed maps', async () => {
    for (const path of ['heat.json?datetime=1990-01-01/1990-01-02', 'hazards.json?severity=4&state=filed', 'coverage.json?class=2', 'heat.json?datetime=2026-10-01/2026-10-31&compare=previous']) {
      const style = await ask<StyleSpecification>(`${url}/styles/${path}`);
      expect([path, validateStyleMin(style).map((e) => e.message)]).toEqual([path, []]);
    }
  });

  it('give heat the classes of each zoom’s legend', async () => {
    const query = 'classes=jenks&severity=2';
    const style = await ask<StyleSpecification>(`${url}/styles/heat.json?${query}`);
    const { legends } = await ask<{ legends: Record<string, number[]> }>(`${url}/tiles/heat.json?${query}`);
    const layer = style.layers.find((l) => l.id === 'heat');
    const byWeight = (bounds: number[]) => ['step', ['get', 'weight'], palette.heat[0], ...bounds.slice(1).flatMap((b, i) => [b, palette.heat[i + 1]])];
    const zooms = Object.keys(legends).map(Number).sort((a, b) => a - b);
    const want = ['step', ['zoom'], ...zooms.flatMap((z, i) => (i === 0 ? [byWeight(legends[z] ?? [])] : [z, byWeight(legends[z] ?? [])]))];
    expect((layer?.paint as { 'fill-color': unknown })['fill-color']).toEqual(want);
  });

  for (const [map, views] of Object.entries(shows)) {
    it(`draw ${map} without an error`, async () => {
      const { page, foreign, errors } = await mapPage({ width: 900, height: 640 });
      const failed = await page.evaluate(async ([address, key]) => {
        const { parts } = window as unknown as { parts: Parts };
        const failed: string[] = [];
        const map = new parts.MapLibre({
          container: 'map', style: address, fadeDuration: 0,
          transformRequest: (u) => (u.startsWith(location.origin) ? { url: u, headers: { Authorization: `Bearer ${key}` } } : { url: u }),
        });
        map.on('error', (e) => failed.push(String(e.error)));
        map.on('styleimagemissing', (e) => failed.push(`image ${e.id}`));
        Object.assign(window, { map, failed });
        await map.once('idle');
        return failed;
      }, [items.find((i) => i.map === map)?.url ?? '', token] as const);
      expect(failed).toEqual([]);
      const count = (id: string) => page.evaluate((layer) => (window as unknown as { map: InstanceType<Parts['MapLibre']> }).map.queryRenderedFeatures({ layers: [layer] }).length, id);
      expect([map, (await count(first[map] ?? '')) > 0]).toEqual([map, true]);
      await page.screenshot({ path: `${out}style-${map}.png` });
      for (const [layer, zoom] of views) {
        await page.evaluate(async (z) => {
          const { map } = window as unknown as { map: InstanceType<Parts['MapLibre']> };
          map.jumpTo({ center: [121.4382, 31.357], zoom: z });
          await map.once('idle');
        }, zoom);
        await page.screenshot({ path: `${out}style-${map}-${zoom}.png` });
        expect([layer, zoom, (await count(layer)) > 0]).toEqual([layer, zoom, true]);
      }
      expect(await page.evaluate(() => (window as unknown as { failed: string[] }).failed)).toEqual([]);
      expect(foreign).toEqual([]);
      expect(errors).toEqual([]);
      await page.context().close();
    });
  }
});
