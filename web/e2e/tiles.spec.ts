import { execFile } from 'node:child_process';
import { open, rm } from 'node:fs/promises';
import { promisify } from 'node:util';
import { VectorTile } from '@mapbox/vector-tile';
import { PbfReader } from 'pbf';
import { PMTiles, type RangeResponse, type Source } from 'pmtiles';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { loadColumns } from '../src/map/columntiles';
import { token, url } from './browser';

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
