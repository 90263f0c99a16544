import { brush, stroke } from '../cells';
import { giveCells } from '../operations';
import type { Position } from '../types';
import { gridAt } from './index';
import type { Context, Pointer, Tool } from './tool';

/** Paints land with hexagons; letting go gives it to the chosen grid. */
export class Hexagons implements Tool {
  readonly cursor = 'crosshair';
  private painted: Set<string> | undefined;
  private last: Position | undefined;

  constructor(private readonly c: Context) {}

  private get radius(): number {
    return this.c.store.radius * this.c.snapper.metresPerPixel;
  }
  private get to(): string | undefined {
    return this.c.store.chosen[0];
  }

  down(p: Pointer): boolean {
    if (!this.to) return false;
    this.painted = new Set(brush(p.at, this.radius, this.c.store.resolution));
    this.last = p.at;
    this.show();
    return true;
  }
  move(p: Pointer): void {
    const { store, view } = this.c;
    if (this.painted && this.last) {
      const before = this.painted.size;
      for (const cell of stroke(this.last, p.at, this.radius, store.resolution)) this.painted.add(cell);
      this.last = p.at;
      if (this.painted.size !== before) this.show();
    } else {
      store.hovered = this.to ? undefined : gridAt(this.c.map, p);
      if (this.to) view.cells(brush(p.at, this.radius, store.resolution));
    }
  }
  private show(): void {
    this.c.view.cells(this.painted ?? []);
    this.c.store.ask(giveCells(this.to, this.painted ?? []));
  }
  up(): void {
    const operation = giveCells(this.to, this.painted ?? []);
    this.painted = undefined;
    this.c.view.cells([]);
    this.c.store.commit(operation);
  }
  click(p: Pointer): void {
    // Without a grid chosen the first click chooses the one to paint with.
    const ref = this.to ? undefined : gridAt(this.c.map, p);
    if (ref) this.c.store.choose([ref]);
  }
  leave(): void {
    if (!this.painted) this.c.view.cells([]);
    this.c.store.hovered = undefined;
  }
  cancel(): boolean {
    const had = this.painted !== undefined;
    this.painted = undefined;
    this.c.view.cells([]);
    this.c.store.quiet();
    return had;
  }
  stop(): void {
    this.cancel();
    this.leave();
  }
}
