import { handles, type Handle } from '../borders';
import { distance, lattice, same } from '../geometry';
import { deleteVertex, insertVertex, moveVertex } from '../operations';
import type { Position } from '../types';
import type { Context, Pointer, Tool } from './tool';

/** Pixels within which a handle is meant. */
const grip = 11;
/** From this zoom on there is room for handles. */
export const handleZoom = 14.5;

/** Corners of free borders as handles: drag, click the middle of an edge, delete. */
export class BordersTool implements Tool {
  cursor = '';
  private list: Handle[] = [];
  private held: { from: Position; to: Position; neighbours: Position[]; moved: boolean } | undefined;
  private picked: Position | undefined;

  constructor(private readonly c: Context) {
    this.refresh();
  }

  refresh(): void {
    const { map, store, view, snapper } = this.c;
    const chosen = new Set(store.chosen);
    const near = map.getZoom() < handleZoom ? [] : store.borders.within(snapper.bounds);
    // With grids chosen only their borders have handles; fixed ones always count, since they hold corners.
    const shown = chosen.size === 0 ? near : near.filter(({ properties: { left, right, fixed } }) => fixed || (left !== null && chosen.has(left)) || (right !== null && chosen.has(right)));
    this.list = handles(shown, snapper.bounds, 36 * snapper.metresPerPixel, distance);
    if (this.picked && !this.list.some((h) => !h.middle && same(h.at, this.picked as Position))) this.picked = undefined;
    view.handles(this.list, this.picked);
  }

  private under(p: Pointer): Handle | undefined {
    let best: { handle: Handle; far: number } | undefined;
    for (const handle of this.list) {
      const { x, y } = this.c.map.project(handle.at);
      const far = Math.hypot(x - p.x, y - p.y) + (handle.middle ? 3 : 0);
      if (far <= grip && (!best || far < best.far)) best = { handle, far };
    }
    return best?.handle;
  }

  down(p: Pointer): boolean {
    const handle = this.under(p);
    if (!handle) return false;
    if (handle.middle) return true; // a click on it makes a corner
    this.held = { from: handle.at, to: handle.at, neighbours: this.c.store.borders.neighbours(handle.at), moved: false };
    this.pick(handle.at);
    return true;
  }

  move(p: Pointer): void {
    if (!this.held) {
      const handle = this.under(p);
      this.cursor = handle ? (handle.middle ? 'copy' : 'move') : '';
      this.c.map.getCanvas().style.cursor = this.cursor;
      return;
    }
    const { from, neighbours } = this.held;
    this.held.to = this.c.snapper.at(p.at, from);
    this.held.moved = true;
    this.c.view.pull(this.held.to, neighbours);
    this.c.store.ask(moveVertex(from, this.held.to));
  }

  up(): void {
    const { held } = this;
    this.held = undefined;
    this.c.view.pull(undefined, []);
    if (!held?.moved) return;
    this.picked = held.to;
    const operation = moveVertex(held.from, held.to);
    if (operation) this.c.store.commit(operation);
    else this.c.store.quiet();
  }

  click(p: Pointer): void {
    const handle = this.under(p);
    if (handle?.middle && handle.edge) {
      const at = lattice(handle.at);
      this.picked = at;
      this.c.store.commit(insertVertex(handle.edge, at));
    } else this.pick(handle?.at);
  }

  erase(): void {
    if (!this.picked || this.held) return;
    const at = this.picked;
    this.picked = undefined;
    this.c.store.commit(deleteVertex(at));
  }

  cancel(): boolean {
    const had = !!this.held || !!this.picked;
    this.held = undefined;
    this.c.view.pull(undefined, []);
    this.pick(undefined);
    this.c.store.quiet();
    return had;
  }

  stop(): void {
    this.cancel();
    this.c.view.handles([], undefined);
    this.c.map.getCanvas().style.cursor = '';
  }

  private pick(at: Position | undefined): void {
    this.picked = at;
    this.c.view.handles(this.list, at);
  }
}
