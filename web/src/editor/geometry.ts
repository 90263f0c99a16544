import type { Area, Bounds, Position } from './types';

/** Metres of a degree of latitude; of longitude it is this times the cosine. */
const degree = 111_320;

/** A position on the lattice of 1e-7 degree, where the service keeps every corner. */
export const lattice = ([lon, lat]: readonly number[]): Position => [Number((lon ?? 0).toFixed(7)), Number((lat ?? 0).toFixed(7))];

export const same = (a: Position, b: Position): boolean => a[0] === b[0] && a[1] === b[1];

/** A vector between two positions near each other, in metres. */
export function metres(a: Position, b: Position): [number, number] {
  const cos = Math.cos(((a[1] + b[1]) / 2) * (Math.PI / 180));
  return [(b[0] - a[0]) * degree * cos, (b[1] - a[1]) * degree];
}

export const distance = (a: Position, b: Position): number => Math.hypot(...metres(a, b));

/** Positions on the lattice without repeats one after the other. */
export function path(line: readonly (readonly number[])[]): Position[] {
  const out: Position[] = [];
  for (const p of line) {
    const q = lattice(p);
    const last = out.at(-1);
    if (!last || !same(last, q)) out.push(q);
  }
  return out;
}

/** A closed ring on the lattice, counter-clockwise; undefined if it has no area. */
export function ring(line: readonly (readonly number[])[]): Position[] | undefined {
  const out = path(line);
  const [first, last] = [out[0], out.at(-1)];
  if (!first || !last) return undefined;
  if (!same(first, last)) out.push([...first]);
  const area = signedArea(out);
  if (out.length < 4 || area === 0) return undefined;
  return area < 0 ? out.reverse() : out;
}

/** Signed area in square degrees: positive counter-clockwise. */
export function signedArea(r: readonly Position[]): number {
  // Relative to the first corner, or the products lose what tells small rings apart.
  const [ox, oy] = r[0] ?? [0, 0];
  let sum = 0;
  r.forEach(([x, y], i) => {
    const [u, v] = r[(i + 1) % r.length] ?? [ox, oy];
    sum += (x - ox) * (v - oy) - (u - ox) * (y - oy);
  });
  return sum / 2;
}

export const polygons = (a: Area): Position[][][] => (a.type === 'Polygon' ? [a.coordinates] : a.coordinates);

/** The place on a segment that is nearest to p, and how far it is in metres. */
export function nearestOn(a: Position, b: Position, p: Position): { at: Position; far: number } {
  const [vx, vy] = metres(a, b);
  const [px, py] = metres(a, p);
  const length = vx * vx + vy * vy;
  const t = length === 0 ? 0 : Math.max(0, Math.min(1, (vx * px + vy * py) / length));
  const at: Position = [a[0] + (b[0] - a[0]) * t, a[1] + (b[1] - a[1]) * t];
  return { at, far: distance(at, p) };
}

export function inside(p: Position, area: Area): boolean {
  let odd = false;
  for (const r of polygons(area).flat()) {
    for (let i = 0; i + 1 < r.length; i++) {
      const [a, b] = [r[i] as Position, r[i + 1] as Position];
      if (a[1] > p[1] !== b[1] > p[1] && p[0] < ((b[0] - a[0]) * (p[1] - a[1])) / (b[1] - a[1]) + a[0]) odd = !odd;
    }
  }
  return odd;
}

export function boundsOf(positions: Iterable<Position>): Bounds | undefined {
  let out: Bounds | undefined;
  for (const [x, y] of positions) out = out ? [Math.min(out[0], x), Math.min(out[1], y), Math.max(out[2], x), Math.max(out[3], y)] : [x, y, x, y];
  return out;
}

export const overlap = (a: Bounds, b: Bounds): boolean => a[0] <= b[2] && b[0] <= a[2] && a[1] <= b[3] && b[1] <= a[3];

/** Where a name fits best: of a few candidates inside, the one farthest from the outline. */
export function labelPoint(area: Area): Position {
  const outer = polygons(area).reduce((best, p) => (Math.abs(signedArea(p[0] ?? [])) > Math.abs(signedArea(best[0] ?? [])) ? p : best));
  const shape: Area = { type: 'Polygon', coordinates: outer };
  const [w, s, e, n] = boundsOf(outer[0] ?? []) ?? [0, 0, 0, 0];
  let best: { at: Position; far: number } = { at: [(w + e) / 2, (s + n) / 2], far: -1 };
  for (let i = 1; i < 8; i++) {
    for (let j = 1; j < 8; j++) {
      const at: Position = [w + ((e - w) * i) / 8, s + ((n - s) * j) / 8];
      if (!inside(at, shape)) continue;
      let far = Infinity;
      for (const r of outer) for (let k = 0; k + 1 < r.length; k++) far = Math.min(far, nearestOn(r[k] as Position, r[k + 1] as Position, at).far);
      if (far > best.far) best = { at, far };
    }
  }
  return best.at;
}

/** Positions of any geometry, one after the other. */
export function* positionsOf(g: { coordinates: unknown }): Generator<Position> {
  const walk = function* (c: unknown): Generator<Position> {
    if (!Array.isArray(c)) return;
    if (typeof c[0] === 'number') yield c as Position;
    else for (const x of c) yield* walk(x);
  };
  yield* walk(g.coordinates);
}
