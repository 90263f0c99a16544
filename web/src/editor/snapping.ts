import { distance, nearestOn, overlap } from './geometry';
import type { Bounds, Position } from './types';

/** Lines to snap to, in order of preference: corners before edges, earlier kinds before later ones. */
export interface Snappable { kind: 'border' | 'street'; line: Position[] }
export interface Snapped { at: Position; kind: Snappable['kind']; corner: boolean }

/**
 * The corner or, failing that, the place on an edge that lies within reach
 * (metres) of p. Corners of borders go first, since a line that ends in one
 * makes no new corner beside it.
 */
export function snap(p: Position, lines: readonly Snappable[], reach: number): Snapped | undefined {
  const lat = reach / 111_320;
  const lon = lat / Math.cos(p[1] * (Math.PI / 180));
  const near: Bounds = [p[0] - lon, p[1] - lat, p[0] + lon, p[1] + lat];
  let best: (Snapped & { rank: number; far: number }) | undefined;
  const offer = (at: Position, far: number, kind: Snappable['kind'], corner: boolean) => {
    if (far > reach) return;
    const rank = (corner ? 0 : 2) + (kind === 'border' ? 0 : 1);
    if (!best || rank < best.rank || (rank === best.rank && far < best.far)) best = { at, kind, corner, rank, far };
  };
  for (const { kind, line } of lines) {
    for (let i = 0; i < line.length; i++) {
      const a = line[i] as Position;
      const b = line[i + 1];
      if (!b) {
        offer(a, distance(a, p), kind, true);
        continue;
      }
      if (!overlap(near, [Math.min(a[0], b[0]), Math.min(a[1], b[1]), Math.max(a[0], b[0]), Math.max(a[1], b[1])])) continue;
      offer(a, distance(a, p), kind, true);
      const on = nearestOn(a, b, p);
      offer(on.at, on.far, kind, false);
    }
  }
  return best && { at: best.at, kind: best.kind, corner: best.corner };
}

interface TileFeature { geometry: { type: string; coordinates?: unknown } }

/** The lines of what a vector tile holds; the same street comes once from each tile. */
export function linesOf(features: readonly TileFeature[], kind: Snappable['kind']): Snappable[] {
  const out: Snappable[] = [];
  for (const { geometry } of features) {
    if (geometry.type === 'LineString') out.push({ kind, line: geometry.coordinates as Position[] });
    if (geometry.type === 'MultiLineString') for (const line of geometry.coordinates as Position[][]) out.push({ kind, line });
  }
  return out;
}

/** Metres of a pixel at a zoom of 512-pixel tiles. */
export const metresPerPixel = (zoom: number, lat: number): number => (40_075_016.7 * Math.cos(lat * (Math.PI / 180))) / (512 * 2 ** zoom);
