import { VectorTile } from '@mapbox/vector-tile';
import { cellToBoundary, cellToChildren, getResolution, gridDisk, latLngToCell } from 'h3-js';
import { PbfReader } from 'pbf';
import { afterEach, describe, expect, it, vi } from 'vitest';
import { cellOf, decodeColumns, drawColumns, loadColumns } from './columntiles';

/** A number in groups of seven bits, the lowest first, by BigInt: not as it is read. */
function uvarint(v: bigint | number): number[] {
  const out: number[] = [];
  let rest = BigInt(v);
  for (; rest > 127n; rest >>= 7n) out.push(Number(rest & 127n) | 128);
  return [...out, Number(rest)];
}
const zigzag = (v: number) => uvarint(BigInt.asUintN(64, (BigInt(v) << 1n) ^ (BigInt(v) >> 63n)));
const text = (s: string) => [...uvarint(new TextEncoder().encode(s).length), ...new TextEncoder().encode(s)];
/** A cell's base cell and digits, taken from its index as H3's documents lay it out. */
const compactOf = (cell: string) => Number((BigInt(`0x${cell}`) & ((1n << 52n) - 1n)) >> BigInt(3 * (15 - getResolution(cell))));

interface Column { name: string; kind: number; values: number[] }
function encode(cells: string[], columns: Column[]): Uint8Array {
  const numbers = cells.map(compactOf).sort((a, b) => a - b);
  return new Uint8Array([0x48, 0x33, 0x54, 1, ...uvarint(getResolution(cells[0] ?? '')), ...uvarint(cells.length),
    ...numbers.flatMap((n, i) => uvarint(n - (numbers[i - 1] ?? 0))), ...uvarint(columns.length),
    ...columns.flatMap((c) => [...text(c.name), c.kind, ...c.values.flatMap((v) => (c.kind === 1 ? uvarint(v) : zigzag(Math.round(v * 1000))))])]);
}

const middle = latLngToCell(31.4, 121.4, 9);
const cells = gridDisk(middle, 1).sort();
const counts = { name: 'count', kind: 1, values: [1, 2, 3, 127, 128, 300, 2 ** 40] };
const changes = { name: 'change', kind: 2, values: [0, -0.001, 0.001, -63.5, 1234.567, -1e9, 0.5] };
const raw = encode(cells, [counts, changes]);

describe('an H3 column tile', () => {
  it('has its cells and columns', () => {
    const tile = decodeColumns(raw);
    expect(tile.resolution).toBe(9);
    expect(tile.cells.map((c) => cellOf(c, 9))).toEqual(cells);
    expect([...tile.columns]).toEqual([['count', counts.values], ['change', changes.values]]);
  });
  it.each([0, 5, 8, 11, 15])('names cells of resolution %i', (resolution) => {
    for (const cell of [latLngToCell(31.4, 121.4, resolution), latLngToCell(-33.9, -70.1, resolution)]) expect(cellOf(compactOf(cell), resolution)).toBe(cell);
  });
  it('may be without cells', () => expect(decodeColumns(new Uint8Array([0x48, 0x33, 0x54, 1, 9, 0, 0])).cells).toEqual([]));
  it('is refused wherever it ends early', () => {
    for (let n = 0; n < raw.length; n++) expect(() => decodeColumns(raw.subarray(0, n)), `${n} bytes`).toThrow('no H3 column tile');
  });
  const head = [0x48, 0x33, 0x54, 1];
  it.each([
    ['another format', [0x1f, 0x8b, 8, 0, ...raw.subarray(4)]],
    ['another version', [0x48, 0x33, 0x54, 2, ...raw.subarray(4)]],
    ['more behind it', [...raw, 0]],
    ['a resolution that H3 has not', [...head, 16, 0, 0]],
    ['more cells than bytes', [...head, 9, 100, 0]],
    ['a cell twice', [...head, 9, 2, 5, 0, 0]],
    ['a number that JavaScript cannot hold', [...head, 9, 1, ...uvarint(2n ** 53n), 0]],
    ['a number longer than any', [...head, ...Array<number>(12).fill(128), 0, 0, 0]],
    ['a column of an unknown kind', [...encode(cells, [{ ...counts, kind: 1 }])].map((b, i, all) => (i === all.indexOf(0x74, 4) + 1 ? 3 : b))],
    ['a column twice', encode(cells, [counts, counts])],
    ['a name longer than the tile', [...head, 9, 0, 1, 100, 65, 1]],
  ])('is refused: %s', (_, bytes) => expect(() => decodeColumns(new Uint8Array(bytes))).toThrow('no H3 column tile'));
});

type Drawn = Map<number, { properties: Record<string, unknown>; ring: [number, number][] }>;
function read(bytes: Uint8Array): Drawn {
  const layer = new VectorTile(new PbfReader(bytes)).layers.heat;
  const out: Drawn = new Map();
  for (let i = 0; i < (layer?.length ?? 0); i++) {
    const f = layer?.feature(i);
    const [ring = []] = f?.loadGeometry() ?? [];
    out.set(f?.id ?? -1, { properties: f?.properties ?? {}, ring: ring.slice(0, -1).map((p) => [p.x, p.y]) });
  }
  return out;
}

/** Where a place lies in a tile: the map's own formula, not the service's. */
const local = ([lat = 0, lon = 0]: number[], z: number, x: number, y: number): [number, number] => {
  const rad = (lat * Math.PI) / 180;
  return [(((lon + 180) / 360) * 2 ** z - x) * 4096, (((1 - Math.asinh(Math.tan(rad)) / Math.PI) / 2) * 2 ** z - y) * 4096];
};
const areaOf = (ring: [number, number][]) => ring.reduce((sum, [x, y], i) => {
  const [bx, by] = ring.at(i - 1) ?? [0, 0];
  return sum + (bx * y - x * by) / 2;
}, 0);

describe('the vector tile of a column tile', () => {
  const [z, x, y] = [12, 3429, 1671];
  const all = cellToChildren(latLngToCell(31.4, 121.39, 6), 9).sort();
  const tile = decodeColumns(encode(all, [{ name: 'count', kind: 1, values: all.map((_, i) => i) }, { name: 'weight', kind: 2, values: all.map((_, i) => i / 8) }]));
  const here = read(drawColumns(tile, z, x, y));

  it('has each hexagon that meets it, with its number and tags', () => {
    const meets = (cell: string) => {
      const ring = cellToBoundary(cell).map((p) => local(p, z, x, y));
      return [0, 1].every((axis) => Math.max(...ring.map((p) => p[axis as 0 | 1])) > -60 && Math.min(...ring.map((p) => p[axis as 0 | 1])) < 4156);
    };
    const want = all.filter(meets);
    expect(want.length).toBeGreaterThan(100);
    expect(want.length).toBeLessThan(all.length);
    for (const cell of want) expect(here.get(compactOf(cell))?.properties).toEqual({ count: all.indexOf(cell), weight: all.indexOf(cell) / 8 });
    expect(here.size - want.length).toBeLessThan(8); // corners that a box holds and its hexagon does not
  });
  it('has their corners, cut to a buffer around it', () => {
    let cutThere = 0;
    for (const cell of all) {
      const ring = here.get(compactOf(cell))?.ring;
      if (!ring) continue;
      expect(areaOf(ring)).toBeGreaterThan(0); // clockwise on a screen
      for (const v of ring.flat()) expect(Math.abs(v - 2048)).toBeLessThanOrEqual(2048 + 64);
      const corners = cellToBoundary(cell).map((p) => local(p, z, x, y));
      if (corners.flat().some((v) => Math.abs(v - 2048) > 2048 + 64)) { cutThere++; continue; }
      for (const [cx, cy] of corners) expect(ring.some(([rx, ry]) => Math.abs(rx - cx) <= 0.51 && Math.abs(ry - cy) <= 0.51)).toBe(true);
    }
    expect(cutThere).toBeGreaterThan(5);
  });
  it('agrees with its neighbour, and its hexagons with each other', () => {
    const everywhere = decodeColumns(encode(gridDisk(middle, 60).sort(), []));
    const [tileHere, tileEast] = [read(drawColumns(everywhere, z, x, y)), read(drawColumns(everywhere, z, x + 1, y))];
    let shared = 0;
    for (const [id, { ring }] of tileHere) {
      const other = tileEast.get(id)?.ring.map(([px, py]) => `${px + 4096},${py}`);
      // Corners that neither of them cuts off are the same.
      for (const [px, py] of other ? ring.filter(([px, py]) => px > 4032 && px < 4160 && Math.abs(py - 2048) < 2048 + 64) : []) {
        expect(other).toContain(`${px},${py}`);
        shared++;
      }
    }
    expect(shared).toBeGreaterThan(20);
    // With the edges that they share hexagons leave no ground of the tile out, and have none twice.
    expect([...tileHere.values()].reduce((sum, { ring }) => sum + areaOf(ring), 0)).toBe((4096 + 2 * 64) ** 2);
  });
  it('leaves out what is too small to be seen', () => {
    const [far, scale] = [4, 2 ** (z - 4)];
    const drawn = read(drawColumns(tile, far, Math.floor(x / scale), Math.floor(y / scale)));
    expect(drawn.size).toBeGreaterThan(0);
    expect(drawn.size).toBeLessThan(all.length);
    for (const { ring } of drawn.values()) expect(areaOf(ring)).toBeGreaterThan(0);
  });
  it('is empty where nothing is', () => expect(drawColumns(tile, z, x + 20, y).length).toBe(0));
});

describe('the protocol', () => {
  afterEach(() => vi.unstubAllGlobals());
  const url = 'h3t://http://host/tiles/heat/12/3429/1671.h3t?type=a';
  const answer = (response: Response) => {
    const asked = vi.fn((..._: unknown[]) => Promise.resolve(response));
    vi.stubGlobal('fetch', asked);
    return asked;
  };
  it('asks with the headers and the signal that it was given, and keeps the tag', async () => {
    const asked = answer(new Response(raw.slice(), { headers: { ETag: 'W/"a"', 'Cache-Control': 'private, no-cache' } }));
    const [abort, headers] = [new AbortController(), { Authorization: 'Bearer t' }];
    const { data, etag, cacheControl } = await loadColumns({ url, headers }, abort);
    expect(asked).toHaveBeenCalledWith('http://host/tiles/heat/12/3429/1671.h3t?type=a', { headers, signal: abort.signal });
    expect([etag, cacheControl]).toEqual(['W/"a"', 'private, no-cache']);
    expect(read(new Uint8Array(data as ArrayBuffer)).get(compactOf(middle))?.properties).toHaveProperty('count');
    expect((data as ArrayBuffer).byteLength).toBe(drawColumns(decodeColumns(raw), 12, 3429, 1671).length);
  });
  it('has an empty tile where nothing is', async () => {
    answer(new Response(null, { status: 204 }));
    expect((await loadColumns({ url }, new AbortController())).data).toEqual(new ArrayBuffer(0));
  });
  it('says with which status it was refused', async () => {
    answer(new Response('{}', { status: 404 }));
    await expect(loadColumns({ url }, new AbortController())).rejects.toMatchObject({ status: 404 });
  });
  it('refuses an address that is no tile’s', async () => {
    const asked = answer(new Response());
    await expect(loadColumns({ url: 'h3t://http://host/tiles/heat.json' }, new AbortController())).rejects.toThrow('no column tile has the address');
    expect(asked).not.toHaveBeenCalled();
  });
});
