import { fromGeojsonVt } from '@maplibre/vt-pbf';
import { cellToBoundary } from 'h3-js';
import type { AddProtocolAction } from 'maplibre-gl';
import { columnScheme } from './style';

/** An H3 column tile as tiles/columns.go describes it. */
export interface ColumnTile {
  resolution: number;
  /** The cells' compact numbers, ascending: also the features' numbers in vector tiles. */
  cells: number[];
  columns: Map<string, number[]>;
}

const kinds = { whole: 1, thousandths: 2 };

/** Reads a column tile; throws where the bytes are none. */
export function decodeColumns(raw: Uint8Array): ColumnTile {
  let at = 0;
  const refuse = (part: string): never => { throw new Error(`no H3 column tile: ${part} at byte ${at}`); };
  const byte = (): number => raw[at++] ?? refuse('the end');
  // Numbers have up to 53 bits, of which operators on bits keep 32.
  const next = (): number => {
    let value = 0;
    for (let factor = 1; ; factor *= 128) {
      const b = byte();
      value += (b & 127) * factor;
      if (value > Number.MAX_SAFE_INTEGER || factor > 2 ** 63) refuse('a number that is too large');
      if (b < 128) return value;
    }
  };
  for (const c of [0x48, 0x33, 0x54, 1]) if (byte() !== c) refuse('other first bytes'); // H3T and the version
  const resolution = next();
  const n = next();
  if (resolution > 15) refuse('a resolution that H3 has not');
  const cells: number[] = [];
  for (let i = 0, last = 0; i < n; i++) {
    const step = next();
    if (i > 0 && step === 0) refuse('a cell twice');
    cells.push(last += step);
  }
  const columns = new Map<string, number[]>();
  for (let left = next(); left > 0; left--) {
    const size = next();
    const name = new TextDecoder().decode(raw.subarray(at, at += size));
    const kind = byte();
    if (columns.has(name) || (kind !== kinds.whole && kind !== kinds.thousandths)) refuse(`column ${name}`);
    columns.set(name, cells.map(() => {
      const v = next();
      if (kind === kinds.whole) return v;
      return (v % 2 ? -(v + 1) / 2 : v / 2) / 1000; // zigzag
    }));
  }
  if (at !== raw.length) refuse('more than a tile');
  return { resolution, cells, columns };
}

/** A cell's index in hexadecimal from its compact number. */
export function cellOf(compact: number, resolution: number): string {
  const unused = BigInt(3 * (15 - resolution));
  return ((1n << 59n) | (BigInt(resolution) << 52n) | (BigInt(compact) << unused) | ((1n << unused) - 1n)).toString(16);
}

type XY = [x: number, y: number];

// Outlines are made, cut and rounded in the service's own steps (tiles/world.go,
// tiles/clip.go), 2^32 around the world: tiles that share a hexagon give its
// corners the same places, and so does the vector tile.
const around = 2 ** 32;
const extent = 4096;
const buffer = 64;

function worldOf([lat, lon]: number[]): XY {
  const s = Math.sin(((lat ?? 0) * Math.PI) / 180);
  return [Math.round(((lon ?? 0) / 360 + 0.5) * around), Math.round((0.5 - Math.log((1 + s) / (1 - s)) / (4 * Math.PI)) * around)];
}

/** Where an edge meets x or y (axis 0 or 1) = limit, the same whichever way the edge runs. */
function crossing(a: XY, b: XY, axis: 0 | 1, limit: number): XY {
  const [from, to] = a[0] > b[0] || (a[0] === b[0] && a[1] > b[1]) ? [b, a] : [a, b];
  const other = axis === 0 ? 1 : 0;
  const across = Math.round(from[other] + ((limit - from[axis]) / (to[axis] - from[axis])) * (to[other] - from[other]));
  return axis === 0 ? [limit, across] : [across, limit];
}

/** A convex ring as far as it lies on one side of a line. */
function cut(ring: XY[], axis: 0 | 1, limit: number, sign: 1 | -1): XY[] {
  const inside = (p: XY) => sign * (p[axis] - limit) >= 0;
  if (ring.every(inside)) return ring; // most are
  const out: XY[] = [];
  let before = ring.at(-1);
  for (const p of ring) {
    if (before && inside(p) !== inside(before)) out.push(crossing(before, p, axis, limit));
    if (inside(p)) out.push(p);
    before = p;
  }
  return out;
}

/** A vector tile's ring of a cell, clockwise on a screen; empty where nothing of it lies in the tile. */
function ringOf(cell: string, west: number, north: number, step: number): XY[] {
  let ring = cellToBoundary(cell).map((corner): XY => {
    const [x, y] = worldOf(corner);
    return [x - west, y - north];
  });
  for (const axis of [0, 1] as const) ring = cut(cut(ring, axis, -buffer * step, 1), axis, (extent + buffer) * step, -1);
  const outline: XY[] = [];
  let area = 0;
  let before: XY = [NaN, NaN];
  for (const [x, y] of ring) {
    const p: XY = [Math.round(x / step), Math.round(y / step)];
    if (p[0] === before[0] && p[1] === before[1]) continue;
    if (outline.length) area += before[0] * p[1] - p[0] * before[1];
    outline.push(p);
    before = p;
  }
  const [first] = outline;
  if (first) area += before[0] * first[1] - first[0] * before[1];
  if (area === 0) return [];
  return area < 0 ? outline.reverse() : outline;
}

/** The heat tile of a column tile: layer, numbers and tags as the service's own vector tile has them. */
export function drawColumns({ resolution, cells, columns }: ColumnTile, z: number, x: number, y: number): Uint8Array<ArrayBuffer> {
  const side = 2 ** (32 - z);
  const features = cells.flatMap((id, i) => {
    const ring = ringOf(cellOf(id, resolution), x * side, y * side, side / extent);
    const tags = Object.fromEntries([...columns].map(([name, values]) => [name, values[i]]));
    return ring.length ? [{ type: 3 as const, id, tags, geometry: [ring] }] : [];
  });
  if (!features.length) return new Uint8Array();
  // The encoder reads features only, but its type asks for shapes flat and nested at once.
  const layers = { heat: { features } as never };
  return new Uint8Array(fromGeojsonVt(layers, { version: 2, extent })); // a copy: its own array has spare room behind it
}

/** MapLibre's handler of h3t://http://host/tiles/heat/{z}/{x}/{y}.h3t: the headers are those that it gives any tile. */
export const loadColumns: AddProtocolAction = async ({ url, headers }, { signal }) => {
  const address = url.slice(`${columnScheme}://`.length);
  const [z, x, y] = (/\/(\d+)\/(\d+)\/(\d+)\.h3t(\?|$)/.exec(address) ?? []).slice(1, 4).map(Number);
  if (z === undefined || x === undefined || y === undefined) throw new Error(`no column tile has the address ${address}`);
  const response = await fetch(address, { headers: headers as HeadersInit, signal });
  // MapLibre asks errors for a status: a tile that is not there is no failure.
  if (!response.ok) throw Object.assign(new Error(`${response.status} ${response.statusText}: ${address}`), { status: response.status });
  const raw = new Uint8Array(await response.arrayBuffer());
  const etag = response.headers.get('ETag');
  // With its tag a tile that was asked for again and is the same is not drawn again.
  return { data: (raw.length ? drawColumns(decodeColumns(raw), z, x, y) : raw).buffer, cacheControl: response.headers.get('Cache-Control'), ...(etag ? { etag } : {}) };
};
