import { boundsOf, overlap, positionsOf } from '../geometry';
import type { Bounds } from '../types';
import { gridAt } from './index';
import type { Context, Pointer, Tool } from './tool';

/** Click, Shift and click, Shift and drag a box. */
export class Select implements Tool {
  readonly cursor = '';
  private from: Pointer | undefined;
  private box: Bounds | undefined;

  constructor(private readonly c: Context) {}

  down(p: Pointer): boolean {
    if (p.shift) this.from = p;
    return p.shift;
  }
  move(p: Pointer): void {
    if (this.from && Math.hypot(p.x - this.from.x, p.y - this.from.y) > 4) {
      const [a, b] = [this.from.at, p.at];
      this.box = [Math.min(a[0], b[0]), Math.min(a[1], b[1]), Math.max(a[0], b[0]), Math.max(a[1], b[1])];
      this.c.view.box(this.box);
    }
    this.c.store.hovered = gridAt(this.c.map, p);
  }
  up(): void {
    const { box } = this;
    if (box) {
      const hit = [...this.c.store.grids.values()].filter((g) => overlap(boundsOf(positionsOf(g.geometry)) ?? [0, 0, 0, 0], box) && [...positionsOf(g.geometry)].some(([x, y]) => x >= box[0] && x <= box[2] && y >= box[1] && y <= box[3]));
      this.c.store.choose([...this.c.store.chosen, ...hit.map((g) => g.properties.ref)]);
    }
    this.from = undefined;
    this.drop();
  }
  click(p: Pointer): void {
    const ref = gridAt(this.c.map, p);
    if (ref && p.shift) this.c.store.toggle(ref);
    else this.c.store.choose(ref ? [ref] : []);
  }
  leave(): void { this.c.store.hovered = undefined; }
  cancel(): boolean {
    if (this.box) return this.drop(), true;
    if (this.c.store.chosen.length === 0) return false;
    this.c.store.choose([]);
    return true;
  }
  stop(): void {
    this.drop();
    this.leave();
  }
  private drop(): void {
    this.box = undefined;
    this.c.view.box(undefined);
  }
}
