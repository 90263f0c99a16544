import { boundsOf, overlap } from './geometry';
import type { Border, Bounds, Position, Ref } from './types';

export type NumberedBorder = Border & { id: number; bounds: Bounds };
export interface BorderDiff { remove: number[]; add: NumberedBorder[] }

/** The borders on the screen, numbered here: the service gives them no names. */
export class Borders {
  private readonly byId = new Map<number, NumberedBorder>();
  private next = 1;

  load(borders: readonly Border[]): NumberedBorder[] {
    this.byId.clear();
    return borders.map((b) => this.put(b));
  }

  /** Replaces every border of the named grids by the given ones. */
  change(grids: ReadonlySet<Ref>, borders: readonly Border[]): BorderDiff {
    const remove = [...this.byId.values()].filter(({ properties: { left, right } }) => (left !== null && grids.has(left)) || (right !== null && grids.has(right))).map((b) => b.id);
    for (const id of remove) this.byId.delete(id);
    return { remove, add: borders.map((b) => this.put(b)) };
  }

  get(id: number): NumberedBorder | undefined {
    return this.byId.get(id);
  }

  all(): Iterable<NumberedBorder> {
    return this.byId.values();
  }

  within(bounds: Bounds): NumberedBorder[] {
    return [...this.byId.values()].filter((b) => overlap(b.bounds, bounds));
  }

  /** Corners next to one along the borders that meet there: what follows when it is dragged. */
  neighbours(at: Position): Position[] {
    const out: Position[] = [];
    for (const { geometry } of this.within([at[0], at[1], at[0], at[1]])) {
      geometry.coordinates.forEach((p, i, line) => {
        if (p[0] !== at[0] || p[1] !== at[1]) return;
        for (const q of [line[i - 1], line[i + 1]]) if (q) out.push(q);
      });
    }
    return out;
  }

  private put(b: Border): NumberedBorder {
    const id = this.next++;
    const numbered = { ...b, id, bounds: boundsOf(b.geometry.coordinates) ?? [0, 0, 0, 0] };
    this.byId.set(id, numbered);
    return numbered;
  }
}

export interface Handle { at: Position; middle: boolean; edge?: [Position, Position] }

/**
 * Handles of the free borders in view: every corner that can be moved, and the
 * middle of every edge longer than what a finger needs (metres). A corner where
 * a fixed border ends too has none.
 */
export function handles(borders: readonly NumberedBorder[], view: Bounds, shortest: number, distance: (a: Position, b: Position) => number): Handle[] {
  const fixed = new Set<string>();
  for (const b of borders) if (b.properties.fixed) for (const p of b.geometry.coordinates) fixed.add(p.join());
  const out = new Map<string, Handle>();
  const seen = ([x, y]: Position) => x >= view[0] && x <= view[2] && y >= view[1] && y <= view[3];
  for (const { properties, geometry } of borders) {
    if (properties.fixed) continue;
    geometry.coordinates.forEach((p, i, line) => {
      if (seen(p) && !fixed.has(p.join())) out.set(p.join(), { at: p, middle: false });
      const q = line[i + 1];
      if (!q || distance(p, q) < shortest) return;
      const at: Position = [(p[0] + q[0]) / 2, (p[1] + q[1]) / 2];
      if (seen(at)) out.set(at.join(), { at, middle: true, edge: [p, q] });
    });
  }
  return [...out.values()];
}
