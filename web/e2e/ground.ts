import { latLngToCell } from 'h3-js';
import palette from '../src/map/palette.json';

/** What lies at a point of the map, found without the map: from the service's GeoJSON, figures and H3. */

type Ring = readonly (readonly [lon: number, lat: number])[];
export interface Area { code: string; rings: Ring[]; west: number; south: number; east: number; north: number }

interface Feature { id: string; properties: { code?: string }; geometry: { type: string; coordinates: unknown } }

export function areaOf(f: Feature): Area {
  const polygons = (f.geometry.type === 'Polygon' ? [f.geometry.coordinates] : f.geometry.coordinates) as Ring[][];
  const rings = polygons.flat();
  const lons = rings.flatMap((r) => r.map((p) => p[0])), lats = rings.flatMap((r) => r.map((p) => p[1]));
  return { code: f.properties.code ?? f.id, rings, west: Math.min(...lons), south: Math.min(...lats), east: Math.max(...lons), north: Math.max(...lats) };
}

function within(a: Area, lon: number, lat: number): boolean {
  if (lon < a.west || lon > a.east || lat < a.south || lat > a.north) return false;
  let inside = false;
  for (const ring of a.rings) {
    for (let i = 0, j = ring.length - 1; i < ring.length; j = i++) {
      const [p, q] = [ring[i], ring[j]];
      if (p && q && p[1] > lat !== q[1] > lat && lon < ((q[0] - p[0]) * (lat - p[1])) / (q[1] - p[1]) + p[0]) inside = !inside;
    }
  }
  return inside;
}

export const areaAt = (areas: readonly Area[], lon: number, lat: number): Area | undefined => areas.find((a) => within(a, lon, lat));

export interface Figures { key: string; complete: boolean | null; total: number; states: { met: number; excused: number } }

/** The colours that an area may have: one, or the stripes' two where nothing is due. */
export function shadesOf(f: Figures | undefined): string[] {
  if (!f || f.complete === null) return [palette.none.ground, palette.none.stripe];
  if (f.complete) return [palette.coverage.complete];
  const pct = Math.floor((f.states.met * 100) / (f.total - f.states.excused));
  const { low, fair, good, near } = palette.coverage;
  return [pct < 70 ? low : pct < 85 ? fair : pct < 95 ? good : near];
}

/** A cell's number in tiles: the digits of its resolution and its base cell, since browsers lose integers above 2^53. */
export function cellAt(lon: number, lat: number, resolution: number): number {
  const cell = BigInt(`0x${latLngToCell(lat, lon, resolution)}`);
  return Number((cell >> BigInt(3 * (15 - resolution))) & ((1n << BigInt(7 + 3 * resolution)) - 1n));
}

/** The colour of a weight by a legend's lower bounds, ascending. */
export const classOf = (weight: number, bounds: readonly number[]): string => palette.heat[Math.max(0, bounds.findLastIndex((b) => weight >= b))] ?? '';

/** A view of the map: what is in the middle, and pixels of the window. */
export interface View { lon: number; lat: number; zoom: number; width: number; height: number }

const mercator = (lat: number) => (1 - Math.asinh(Math.tan((lat * Math.PI) / 180)) / Math.PI) / 2;
const latitude = (y: number) => (Math.atan(Math.sinh(Math.PI * (1 - 2 * y))) * 180) / Math.PI;

/** Where a point of the window lies, in pixels from its top left corner; MapLibre's world has 512 pixels at zoom 0. */
export function degreesAt(v: View, x: number, y: number): [lon: number, lat: number] {
  const world = 512 * 2 ** v.zoom;
  return [v.lon + ((x - v.width / 2) / world) * 360, latitude(mercator(v.lat) + (y - v.height / 2) / world)];
}

/** A tile's column and row with the fraction within, and back. */
export const tileAt = (lon: number, lat: number, z: number): [x: number, y: number] => [((lon + 180) / 360) * 2 ** z, mercator(lat) * 2 ** z];
export const cornerOf = (x: number, y: number, z: number): [lon: number, lat: number] => [(x / 2 ** z) * 360 - 180, latitude(y / 2 ** z)];
