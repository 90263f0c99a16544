import { VectorTile } from '@mapbox/vector-tile';
import { PbfReader } from 'pbf';
import type { Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Layer } from '../src/api/types';
import palette from '../src/map/palette.json';
import { out, token, url } from './browser';
import { areaAt, areaOf, cellAt, classOf, cornerOf, degreesAt, shadesOf, tileAt, type Area, type Figures, type View } from './ground';
import { mapPage } from './mappage';
import type { Parts } from './mappage/entry';

const headers = { Authorization: `Bearer ${token}` };
const ask = async <T>(path: string): Promise<T> => {
  const answer = await fetch(url + path, { headers });
  expect([path, answer.status]).toEqual([path, 200]);
  return (await answer.json()) as T;
};

const [width, height] = [560, 420];
/** Tiles end here; the map enlarges the last ones. */
const deepest = 16;
/** Pixels within which a border may be drawn beside itself and smoothed: there a point may have either side's colour, so it is not asked. */
const blur = 2;

type Mode = 'coverage' | 'heat';
type Point = readonly [x: number, y: number];

/** Numbers between 0 and 1, the same in each run. */
let seed = 1;
const random = () => {
  seed = (seed * 48271) % 2147483647;
  return seed / 2147483647;
};

const zoomOf = (v: View) => Math.min(Math.floor(v.zoom), deepest);

/** A view with a corner of four tiles in its middle; far out half-way to it, so that the district is seen too. */
function viewOf(zoom: number): View {
  const z = Math.min(Math.floor(zoom), deepest);
  const at = z < 12 ? ([121.41, 31.39] as const) : ([121.355, 31.388] as const); // near by, crowded workshops: there are hexagons
  const [x, y] = tileAt(at[0], at[1], z);
  const [lon, lat] = cornerOf(Math.round(x), Math.round(y), z);
  return { lon: z < 12 ? (lon + at[0]) / 2 : lon, lat: z < 12 ? (lat + at[1]) / 2 : lat, zoom, width, height };
}

/** What may be seen at a point in degrees: one of some colours as #rrggbb, up to where something else begins. */
type Expected = (lon: number, lat: number) => { of: string; colors: string[] };

/** The colours at a pixel, or none where something else is too near. */
function certain(expected: Expected, v: View, [x, y]: Point): string[] | undefined {
  const at = (dx: number, dy: number) => expected(...degreesAt(v, x + 0.5 + dx, y + 0.5 + dy));
  const middle = at(0, 0);
  for (let i = 0; i < 8; i++) {
    const angle = (i * Math.PI) / 4;
    for (const r of [blur / 2, blur + 0.5]) if (at(r * Math.cos(angle), r * Math.sin(angle)).of !== middle.of) return undefined;
  }
  return middle.colors;
}

/** Points anywhere, and pairs to both sides of the tiles' borders, 1 and 2 pixels from them: most of them where there is more than sea. */
function pointsOf(v: View, expected: Expected): Point[] {
  const side = 512 * 2 ** (v.zoom - zoomOf(v));
  const [column, row] = tileAt(v.lon, v.lat, zoomOf(v));
  const lines = (middle: number, length: number) => Array.from({ length: 9 }, (_, i) => length / 2 + (Math.round(middle) + i - 4 - middle) * side).filter((at) => at > 2 && at < length - 2);
  const beside = (at: number) => [-2, -1, 0, 1].map((d) => Math.round(at) + d);
  const some = (n: number, point: () => Point): Point[] => {
    const all = Array.from({ length: n * 20 }, point);
    const onLand = all.filter(([x, y]) => expected(...degreesAt(v, x + 0.5, y + 0.5)).of !== sea).slice(0, n);
    return [...onLand, ...all.slice(0, n / 4)];
  };
  const within = (length: number) => Math.floor(random() * length);
  return [
    ...some(120, () => [within(width), within(height)]),
    ...lines(column, width).flatMap((x) => some(24, () => [Math.floor(x), within(height)]).flatMap(([, y]) => beside(x).map((px): Point => [px, y]))),
    ...lines(row, height).flatMap((y) => some(24, () => [within(width), Math.floor(y)]).flatMap(([x]) => beside(y).map((py): Point => [x, py]))),
  ];
}

let areas: { towns: Area[]; parks: Area[]; communities: Area[]; grids: Area[] };
let figures: Record<'town_level' | 'community' | 'grid', Map<string, Figures>>;
let heat: { legends: Record<string, number[]>; resolutions: Record<string, number> };
const sea = palette.base.sea;

/** Areas by what is met in them: towns and parks far out, then communities, then grids. Between areas of one colour nothing is seen. */
function coverageAt(zoom: number): Expected {
  const shades = (lon: number, lat: number): string[] => {
    if (zoom < 11) {
      const park = figures.town_level.get(areaAt(areas.parks, lon, lat)?.code ?? '');
      if (park && park.complete !== null) return shadesOf(park);
    }
    const [list, by] = zoom < 11 ? ([areas.towns, 'town_level'] as const) : zoom < 14 ? ([areas.communities, 'community'] as const) : ([areas.grids, 'grid'] as const);
    const area = areaAt(list, lon, lat);
    return area ? shadesOf(figures[by].get(area.code)) : [sea];
  };
  return (lon, lat) => {
    const colors = shades(lon, lat);
    return { of: colors.join(), colors };
  };
}

/** The weights of the cells in the tiles of a zoom that a view has; every tile must say the same of a cell. */
async function weightsOf(v: View, z: number): Promise<Map<number, number>> {
  const [west, north] = degreesAt(v, 0, 0), [east, south] = degreesAt(v, width, height);
  const [x0, y0] = tileAt(west, north, z), [x1, y1] = tileAt(east, south, z);
  const weights = new Map<number, number>();
  for (let x = Math.floor(x0); x <= Math.floor(x1); x++) {
    for (let y = Math.floor(y0); y <= Math.floor(y1); y++) {
      const answer = await fetch(`${url}/tiles/heat/${z}/${x}/${y}.mvt`, { headers });
      if (answer.status === 204) continue;
      const layer = new VectorTile(new PbfReader(new Uint8Array(await answer.arrayBuffer()))).layers.heat;
      for (let i = 0; i < (layer?.length ?? 0); i++) {
        const f = layer!.feature(i);
        const weight = Number(f.properties.weight);
        expect([z, f.id, weights.get(f.id ?? 0) ?? weight]).toEqual([z, f.id, weight]);
        weights.set(f.id ?? 0, weight);
      }
    }
  }
  return weights;
}

/** Cells by their weights; each has a line around it. */
async function heatAt(v: View): Promise<Expected> {
  const z = zoomOf(v);
  const resolution = heat.resolutions[z] ?? 0;
  const weights = await weightsOf(v, z);
  if (heat.resolutions[z - 1] === resolution) { // the zoom before has the same cells, in tiles with other borders
    const before = await weightsOf(v, z - 1);
    for (const [cell, weight] of weights) expect([z, cell, before.get(cell)]).toEqual([z, cell, weight]);
  }
  return (lon, lat) => {
    const cell = cellAt(lon, lat, resolution);
    const weight = weights.get(cell);
    return weight === undefined ? { of: sea, colors: [sea] } : { of: String(cell), colors: [classOf(weight, heat.legends[z] ?? [])] };
  };
}

/** What the page keeps for the tests; `changed` undoes what was done to the map. */
interface Watched { controller: InstanceType<Parts['MapController']>; failed: string[]; changed: (() => void)[] }
const own: Record<Mode, string[]> = { coverage: ['areas', 'areas-none', 'areas-park'], heat: ['heat'] };

/** Shows a mode as the console does, or nothing but its fills, opaque, on the sea. */
async function show(page: Page, v: View, mode: Mode, bare: boolean): Promise<void> {
  await page.evaluate(async ([v, mode, fills]) => {
    const { controller, changed } = (window as unknown as { watched: Watched }).watched;
    const { map } = controller;
    for (const back of changed.splice(0)) back();
    controller.show(new Set(), false, false, mode);
    for (const { id } of fills ? map.getStyle().layers : []) {
      if (fills?.includes(id)) {
        const opacity = map.getPaintProperty(id, 'fill-opacity');
        map.setPaintProperty(id, 'fill-opacity', 1);
        changed.push(() => map.setPaintProperty(id, 'fill-opacity', opacity as never));
      } else if (id !== 'sea') {
        const visibility = map.getLayoutProperty(id, 'visibility') as unknown;
        map.setLayoutProperty(id, 'visibility', 'none');
        changed.push(() => map.setLayoutProperty(id, 'visibility', visibility as never));
      }
    }
    map.jumpTo({ center: [v.lon, v.lat], zoom: v.zoom });
    await map.once('idle');
  }, [v, mode, bare ? own[mode] : undefined] as const);
}

/** The colours of pixels, as #rrggbb, read within the frame that draws them. */
const pixels = (page: Page, points: readonly Point[]): Promise<string[]> => page.evaluate(async (points) => {
  const { map } = (window as unknown as { watched: Watched }).watched.controller;
  const copy = document.createElement('canvas');
  [copy.width, copy.height] = [map.getCanvas().width, map.getCanvas().height];
  const pen = copy.getContext('2d', { willReadFrequently: true })!;
  const drawn = new Promise<void>((done) => map.once('render', () => { pen.drawImage(map.getCanvas(), 0, 0); done(); }));
  map.triggerRepaint();
  await drawn;
  const { data } = pen.getImageData(0, 0, copy.width, copy.height);
  return points.map(([x, y]) => `#${[0, 1, 2].map((i) => (data[(y * copy.width + x) * 4 + i] ?? 0).toString(16).padStart(2, '0')).join('')}`);
}, points);

const rgb = (hex: string) => [1, 3, 5].map((i) => parseInt(hex.slice(i, i + 2), 16));
const same = (a: string, b: string) => rgb(a).every((v, i) => Math.abs(v - (rgb(b)[i] ?? 0)) <= 2);

/** Points whose colour is not the one that must be there; `asked` is of how many with something there it was certain what must. */
async function wrong(page: Page, v: View, mode: Mode, expected: Expected): Promise<{ asked: number; wrong: string[] }> {
  await show(page, v, mode, true);
  const points = pointsOf(v, expected);
  const seen = await pixels(page, points);
  let asked = 0;
  const wrong: string[] = [];
  points.forEach((p, i) => {
    const want = certain(expected, v, p);
    if (!want) return;
    if (want[0] !== sea) asked++;
    if (!want.some((c) => same(c, seen[i] ?? ''))) wrong.push(`${mode} at zoom ${v.zoom}, pixel ${p.join()}: ${seen[i]}, not ${want.join(' or ')}`);
  });
  return { asked, wrong };
}

/** The console's map on a page of its own, whose tiles `spoil` may change on their way. */
async function watch(spoil?: (page: Page) => Promise<void>): Promise<{ page: Page; errors: string[] }> {
  const { page, errors } = await mapPage({ width, height });
  await spoil?.(page);
  const { items } = await ask<{ items: Layer[] }>('/api/layers');
  await page.evaluate(async ([token, layers, legends]) => {
    const { parts } = window as unknown as { parts: Parts };
    const controller = new parts.MapController({
      container: document.getElementById('map')!, token, layers, bounds: [121.3, 31.27, 121.52, 31.52],
      events: { place: () => undefined, unit: () => undefined, heat: () => undefined, hazard: () => undefined, leaves: () => undefined, stands: () => undefined },
    });
    const failed: string[] = [];
    controller.map.on('error', (e) => failed.push(String(e.error)));
    await controller.map.once('load');
    controller.heatClasses(legends);
    Object.assign(window, { watched: { controller, failed, changed: [] } });
  }, [token, items, heat.legends] as const);
  return { page, errors };
}

describe('the console’s map across zooms', () => {
  let page: Page, errors: string[];
  beforeAll(async () => {
    const units = async (kind: string) => (await ask<{ features: Parameters<typeof areaOf>[0][] }>(`/api/units.geojson?kind=${kind}`)).features.map(areaOf);
    const by = async (key: string) => new Map((await ask<{ items: Figures[] }>(`/api/coverage/rollup?by=${key}`)).items.map((f) => [f.key, f]));
    const { today } = await ask<{ today: string }>('/api/district');
    const plans = await ask<{ items: { id: string; effective_from: string | null; effective_to: string | null }[] }>('/api/plans?limit=100');
    const held = plans.items.filter((p) => p.effective_from && p.effective_from <= today && (!p.effective_to || p.effective_to > today));
    const grids: Area[] = [];
    for (const { id } of held) grids.push(...(await ask<{ features: Parameters<typeof areaOf>[0][] }>(`/api/plans/${id}/grids`)).features.map(areaOf));
    areas = { towns: await units('town'), parks: await units('park'), communities: await units('community'), grids };
    figures = { town_level: await by('town_level'), community: await by('community'), grid: await by('grid') };
    heat = await ask('/tiles/heat.json');
    ({ page, errors } = await watch());
  });
  afterAll(() => page?.context().close());

  for (const zoom of [9, 10.4, 11, 12.6, 13, 14.3, 15, 16, 17]) {
    it(`has the colour that must be there at zoom ${zoom}`, async () => {
      const v = viewOf(zoom);
      for (const mode of ['coverage', 'heat'] as const) {
        await show(page, v, mode, false);
        await page.screenshot({ path: `${out}zoom-${String(zoom).padStart(2, '0')}-${mode}.png` });
        const got = await wrong(page, v, mode, mode === 'heat' ? await heatAt(v) : coverageAt(Math.floor(zoom)));
        expect(got.wrong).toEqual([]);
        expect([mode, zoom, got.asked > 60]).toEqual([mode, zoom, true]);
      }
    });
  }

  it('would show a tile that is missing, one of another question, and classes of another zoom', async () => {
    const v = viewOf(13);
    const [x, y] = tileAt(v.lon, v.lat, 13).map(Math.round) as [number, number]; // the tile south-east of the middle
    const spoilt = await watch(async (page) => {
      await page.route(`**/tiles/coverage/13/${x}/${y}.mvt*`, (route) => route.fulfill({ status: 204 }));
      await page.route(`**/tiles/coverage/13/${x - 1}/${y - 1}.mvt*`, (route) => route.continue({ url: `${route.request().url()}?class=1` }));
      await page.route(`**/tiles/heat/13/${x}/${y}.h3t*`, (route) => route.fulfill({ status: 204 }));
    });
    const quarters = (found: string[]) => [[x, y], [x - 1, y - 1]].map(([column, row]) => found.filter((line) => {
      const [px = 0, py = 0] = (/pixel (\d+),(\d+)/.exec(line) ?? []).slice(1).map(Number);
      return (px >= width / 2) === (column === x) && (py >= height / 2) === (row === y);
    }).length);
    const coverage = await wrong(spoilt.page, v, 'coverage', coverageAt(13));
    const [missing = 0, other = 0] = quarters(coverage.wrong);
    expect([missing > 20, other > 5, coverage.wrong.length - missing - other]).toEqual([true, true, 0]);
    const hexagons = await heatAt(v);
    const gone = await wrong(spoilt.page, v, 'heat', hexagons);
    expect([gone.wrong.length > 5, quarters(gone.wrong)[0]]).toEqual([true, gone.wrong.length]);
    await page.evaluate((legends) => (window as unknown as { watched: Watched }).watched.controller.heatClasses(legends), { ...heat.legends, 13: heat.legends[12] ?? [] });
    expect((await wrong(page, v, 'heat', hexagons)).wrong.length).toBeGreaterThan(5);
    await spoilt.page.context().close();
  });

  it('had no errors', async () => {
    expect(await page.evaluate(() => (window as unknown as { watched: Watched }).watched.failed)).toEqual([]);
    expect(errors).toEqual([]);
  });
});
