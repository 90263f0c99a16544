import { execFile } from 'node:child_process';
import { open, rm } from 'node:fs/promises';
import { promisify } from 'node:util';
import { VectorTile } from '@mapbox/vector-tile';
import { PbfReader } from 'pbf';
import { PMTiles, type RangeResponse, type Source } from 'pmtiles';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { loadColumns } from '../src/map/columntiles';
import { out, token, url, violations, visit } from './browser';

const headers = { Authorization: `Bearer ${token}` };
const west = 121.305, south = 31.276, east = 121.512, north = 31.511;
const column = (lon: number, z: number) => Math.floor(((lon + 180) / 360) * 2 ** z);
const row = (lat: number, z: number) => Math.floor(((1 - Math.asinh(Math.tan((lat * Math.PI) / 180)) / Math.PI) / 2) * 2 ** z);

/** What the format's own reader says of a tile; throws where it cannot read it. */
function read(raw: Uint8Array): Record<string, number> {
  const tile = new VectorTile(new PbfReader(raw));
  const features: Record<string, number> = {};
  for (const [name, layer] of Object.entries(tile.layers)) {
    expect(layer.version).toBe(2);
    expect(layer.extent).toBe(4096);
    for (let i = 0; i < layer.length; i++) {
      const f = layer.feature(i);
      expect(Number.isSafeInteger(f.id)).toBe(true);
      expect(f.type).toBeGreaterThan(0);
      const parts = f.loadGeometry();
      expect(parts.length).toBeGreaterThan(0);
      if (f.type === 3) for (const ring of parts) expect(ring.length).toBeGreaterThanOrEqual(4);
      const box = f.bbox?.() ?? [];
      for (const v of box) expect(Math.abs(v - 2048)).toBeLessThanOrEqual(2048 + 129);
      f.toGeoJSON(1, 1, 1); // sorts rings into polygons
    }
    features[name] = layer.length;
  }
  return features;
}

describe('tiles in the format’s own reader', () => {
  it('of every layer at every zoom', async () => {
    const layers = (await (await fetch(`${url}/api/layers`, { headers })).json()) as { items: { name: string }[] };
    const sets = ['units', 'grids', 'coverage', 'heat', 'hazards', ...layers.items.map((l) => l.name)].filter((s, i, all) => all.indexOf(s) === i);
    let seen = 0;
    for (const set of sets) {
      const about = (await (await fetch(`${url}/tiles/${set}.json`, { headers })).json()) as { minzoom: number; maxzoom: number; vector_layers: { id: string }[] };
      let shown = 0;
      for (let z = about.minzoom; z <= about.maxzoom; z++) {
        for (const [lon, lat] of [[121.41, 31.4], [121.46, 31.33], [121.36, 31.45], [121.49, 31.41]] as const) {
          const answer = await fetch(`${url}/tiles/${set}/${z}/${column(lon, z)}/${row(lat, z)}.mvt`, { headers });
          expect([200, 204]).toContain(answer.status);
          if (answer.status === 204) continue;
          const features = read(new Uint8Array(await answer.arrayBuffer()));
          for (const name of Object.keys(features)) expect(about.vector_layers.map((l) => l.id)).toContain(name);
          shown += Object.values(features).reduce((a, b) => a + b, 0);
          seen++;
        }
      }
      expect([set, shown > 0 || ['heritage', 'explosive'].some((s) => set.includes(s))]).toEqual([set, true]);
    }
    expect(seen).toBeGreaterThan(200);
  });
});

class FileSource implements Source {
  constructor(private readonly path: string, private readonly file: Awaited<ReturnType<typeof open>>) {}
  getKey(): string { return this.path; }
  async getBytes(offset: number, length: number): Promise<RangeResponse> {
    const data = new Uint8Array(length);
    const { bytesRead } = await this.file.read(data, 0, length, offset);
    return { data: data.buffer.slice(0, bytesRead) };
  }
}

describe('an exported archive', () => {
  const path = `${process.env.GRIDWARD_DIR ?? ''}/e2e.pmtiles`;
  let said = '';
  beforeAll(async () => {
    said = (await promisify(execFile)('../bin/gridward', ['tiles', 'export', '--sets', 'units,grids,building,heat', path])).stdout;
  }, 120_000);
  afterAll(() => rm(path, { force: true }));

  it('has what the service has', async () => {
    expect(said).toMatch(/\d+ tiles from zoom 0 to 14, \d+ different ones/);
    const file = await open(path);
    const archive = new PMTiles(new FileSource(path, file));
    const header = await archive.getHeader();
    expect([header.minZoom, header.maxZoom, header.tileType, header.specVersion]).toEqual([0, 14, 1, 3]);
    const about = (await archive.getMetadata()) as { vector_layers: { id: string }[] };
    expect(about.vector_layers.map((l) => l.id)).toEqual(['units', 'units-labels', 'grids', 'grids-labels', 'building', 'heat']);
    let same = 0;
    for (let z = 0; z <= 14; z++) {
      const [x, y] = [column((west + east) / 2, z), row((south + north) / 2, z)];
      const kept = await archive.getZxy(z, x, y);
      const served = await fetch(`${url}/tiles/units,grids,building,heat/${z}/${x}/${y}.mvt`, { headers });
      if (!kept) { expect(served.status).toBe(204); continue; }
      const raw = new Uint8Array(kept.data);
      read(raw);
      expect(Buffer.compare(raw, new Uint8Array(await served.arrayBuffer()))).toBe(0);
      same++;
    }
    expect(same).toBeGreaterThan(8);
    expect(await archive.getZxy(14, 0, 0)).toBeUndefined();
    await file.close();
  });
});

interface Hexagon { properties: Record<string, unknown>; ring: [number, number][] }
/** The features of a layer by their numbers, rings without their first corner again. */
function features(raw: Uint8Array, name: string): Map<number, Hexagon> {
  const layer = new VectorTile(new PbfReader(raw)).layers[name];
  return new Map(Array.from({ length: layer?.length ?? 0 }, (_, i) => {
    const f = layer?.feature(i);
    const ring = (f?.loadGeometry()[0] ?? []).map((p): [number, number] => [p.x, p.y]);
    return [f?.id ?? -1, { properties: f?.properties ?? {}, ring: f?.type === 3 ? ring.slice(0, -1) : ring }];
  }));
}
const tileOf = async (path: string) => new Uint8Array(await (await fetch(`${url}/tiles/${path}`, { headers })).arrayBuffer());

describe('column tiles as the console draws them', () => {
  const today = new Date().toISOString().slice(0, 10);
  const month = new Date(Date.now() - 30 * 86_400_000).toISOString().slice(0, 10);
  it.each(['', '?measure=per_100_places', '?severity=3&type=lpg_misuse', '?smooth=2', `?compare=previous&datetime=${month}/${today}`])('have what the vector tiles have: %s', async (query) => {
    let seen = 0;
    for (const z of [6, 9, 11, 12, 14, 16]) {
      for (const [lon, lat] of [[121.41, 31.4], [121.46, 31.33], [121.36, 31.45]] as const) {
        const path = `heat/${z}/${column(lon, z)}/${row(lat, z)}`;
        const { data } = await loadColumns({ url: `h3t://${url}/tiles/${path}.h3t${query}`, headers }, new AbortController());
        const [drawn, served] = [features(new Uint8Array(data as ArrayBuffer), 'heat'), features(await tileOf(`${path}.mvt${query}`), 'heat')];
        expect([...drawn.keys()].sort()).toEqual([...served.keys()].sort());
        for (const [id, want] of served) {
          const got = drawn.get(id);
          expect([path, id, got?.properties]).toEqual([path, id, want.properties]);
          // H3 is another build here: a corner may round to the next step, but none is elsewhere.
          const near = (a: [number, number], ring: [number, number][] = []) => ring.some((b) => Math.abs(a[0] - b[0]) <= 1 && Math.abs(a[1] - b[1]) <= 1);
          expect([path, id, want.ring.filter((p) => !near(p, got?.ring)), got?.ring.filter((p) => !near(p, want.ring))]).toEqual([path, id, [], []]);
          seen++;
        }
      }
    }
    expect(seen).toBeGreaterThan(100);
  });
});

describe('the map', () => {
  const size = { width: 1100, height: 800 };
  it('draws heat from columns, per 100 places too, and hazards as points that open', async () => {
    const { page, errors } = await visit(size, undefined, true);
    const asked: string[] = [];
    page.on('request', (r) => { if (r.url().includes('/tiles/heat/')) asked.push(r.url()); });
    const heat = (match = '') => page.waitForResponse((r) => r.url().includes('/tiles/heat/') && r.url().includes(match) && r.ok());
    const listening = page.waitForResponse((r) => r.url().includes('/changes?'));
    await page.goto(`${url}/#token=${token}`);
    await listening;
    let answered = heat();
    await page.getByTestId('mode-heat').click();
    await answered;

    // The hexagon with the most hazards in the middle of the screen.
    const view = async () => ((await page.getByTestId('map').getAttribute('data-view')) ?? '').split(',').map(Number) as [number, number, number];
    const [lon, lat, zoom] = await view();
    const z = Math.floor(zoom);
    const merc = (v: number) => (1 - Math.asinh(Math.tan((v * Math.PI) / 180)) / Math.PI) / 2;
    const [x, y] = [column(lon, z), row(lat, z)];
    /** Where a tile's steps are on the screen. */
    const at = ([px, py]: [number, number]) => ({ x: size.width / 2 + ((x + px / 4096) / 2 ** z - (lon + 180) / 360) * 512 * 2 ** zoom, y: size.height / 2 + ((y + py / 4096) / 2 ** z - merc(lat)) * 512 * 2 ** zoom });
    const onScreen = (p: { x: number; y: number }) => p.x > 430 && p.x < 1000 && p.y > 60 && p.y < 740;
    const middle = ({ ring }: Hexagon): [number, number] => [ring.reduce((sum, p) => sum + p[0], 0) / ring.length, ring.reduce((sum, p) => sum + p[1], 0) / ring.length];
    const before = features(await tileOf(`heat/${z}/${x}/${y}.mvt`), 'heat');
    const [id, hexagon] = [...before].filter(([, h]) => h.ring.length === 6 && onScreen(at(middle(h)))).sort(([, a], [, b]) => Number(b.properties.count) - Number(a.properties.count))[0] ?? [];
    if (id === undefined || !hexagon) throw new Error('no hexagon is on the screen');
    const tip = page.locator('.tip');
    const clicked = async (text: string) => {
      await expect.poll(async () => {
        const p = at(middle(hexagon));
        await page.mouse.click(p.x, p.y);
        return (await tip.allTextContents()).join();
      }, { timeout: 20_000, interval: 300 }).toBe(text);
    };
    const count = Number(hexagon.properties.count);
    await clicked(`${count} 个隐患`);

    // What others report is drawn: the tile is asked for again, and its tag is another.
    const [px, py] = middle(hexagon);
    const y01 = (y + py / 4096) / 2 ** z;
    const place = { lon: ((x + px / 4096) / 2 ** z) * 360 - 180, lat: (Math.atan(Math.sinh(Math.PI * (1 - 2 * y01))) * 180) / Math.PI };
    answered = heat();
    const sent = await fetch(`${url}/api/hazards`, { method: 'POST', headers: { ...headers, 'Content-Type': 'application/json' },
      body: JSON.stringify({ id: crypto.randomUUID(), type: 'lpg_misuse', severity: 4, ...place, discovered_at: new Date(Date.now() - 60_000).toISOString(), origin: '12345' }) });
    expect(sent.status).toBe(201);
    await answered;
    await clicked(`${count + 1} 个隐患`);

    // A filter changes the hexagons though no hazard did.
    await page.getByTestId('severity').selectOption('4');
    const grave = features(await tileOf(`heat/${z}/${x}/${y}.mvt?severity=4`), 'heat').get(id)?.properties.count;
    expect(grave).toBeLessThan(count);
    await clicked(`${String(grave)} 个隐患`);
    await page.getByTestId('severity').selectOption('1');

    answered = heat('measure=per_100_places');
    await page.getByLabel('按每百处监管对象计').check();
    await answered;
    const exposed = features(await tileOf(`heat/${z}/${x}/${y}.mvt?measure=per_100_places`), 'heat').get(id)?.properties;
    await clicked(`${count + 1} 个隐患 / ${String(exposed?.places)} 处监管对象`);
    const { legends } = (await (await fetch(`${url}/tiles/heat.json?measure=per_100_places`, { headers })).json()) as { legends: Record<string, number[]> };
    const said = await page.getByTestId('per-places-legend').locator('li').allTextContents();
    expect(said[0]).toBe(`≥ ${Number(legends[z]?.[0]?.toPrecision(3))}`);
    expect(said.length).toBeGreaterThan(2);
    expect(asked.filter((a) => !/\.h3t(\?|$)/.test(a))).toEqual([]);

    // Hazards as points: one that stands alone opens the place where it is or says what it is, a cluster opens.
    answered = page.waitForResponse((r) => r.url().includes('/tiles/hazards/') && r.ok());
    await page.getByLabel('火灾隐患点').focus();
    await page.keyboard.press('Space');
    await answered;
    const points = [...features(await tileOf(`hazards/${z}/${x}/${y}.mvt`), 'hazards').values()].map((h) => ({ ...h, at: at(h.ring[0] ?? [0, 0]) })).filter((h) => onScreen(h.at));
    const apart = (h: (typeof points)[number]) => Math.min(...points.filter((o) => o !== h).map((o) => Math.hypot(o.at.x - h.at.x, o.at.y - h.at.y)));
    const single = points.filter((h) => h.properties.count === 1).sort((a, b) => apart(b) - apart(a))[0];
    const cluster = points.sort((a, b) => Number(b.properties.count) - Number(a.properties.count))[0];
    if (!single || !cluster) throw new Error('no hazards are on the screen');
    const known = (await (await fetch(`${url}/api/hazards/${String(single.properties.id)}`, { headers })).json()) as { place: string | null; severity: number };
    await expect.poll(async () => {
      await page.mouse.click(single.at.x, single.at.y);
      return known.place ? page.url() : (await tip.allTextContents()).join();
    }, { timeout: 20_000, interval: 500 }).toContain(known.place ?? `等级 ${known.severity}`);
    await page.screenshot({ path: `${out}heat-and-hazards-1100x800.png` });
    expect(await violations(page)).toEqual([]);
    if (known.place) await page.getByTestId('place').getByLabel('关闭').click();
    await page.mouse.click(cluster.at.x, cluster.at.y);
    await expect.poll(async () => (await view())[2], { timeout: 10_000 }).toBeCloseTo(zoom + 2, 3);
    expect(errors).toEqual([]);
    await page.context().close();
  });
});
