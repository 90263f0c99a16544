import { inside } from '../geometry';
import { carve, giveRegion, type Built } from '../operations';
import type { Position, Ref } from '../types';
import type { EditorStore } from '../store.svelte';
import type { Context, Tool } from './tool';

/** The community that a lasso begins in. */
export function communityOf(store: EditorStore, ring: readonly Position[]): string | undefined {
  const [at] = ring;
  return at && [...store.grids.values()].find((g) => inside(at, g.geometry))?.properties.community;
}

/** Draws a ring; what becomes of the land in it is chosen when it is closed. */
export class Lasso implements Tool {
  readonly cursor = 'crosshair';

  constructor(private readonly c: Context) {
    this.begin();
  }
  private begin(): void {
    const { board, store, view } = this.c;
    board.begin('polygon', {
      changed: (ring) => store.ask(this.build(ring)),
      finished: (ring) => {
        board.end();
        store.lasso = ring;
        view.area(ring);
        store.ask(this.build(ring));
      },
    });
  }
  private build(ring: Position[]): Built {
    const { store } = this.c;
    const to: Ref | undefined = store.chosen.length === 1 ? store.chosen[0] : undefined;
    return ring.length < 4 ? undefined : to ? giveRegion(to, ring) : carve(communityOf(store, ring), ring);
  }
  finish(): void { this.c.board.finish(); }
  erase(): void { if (!this.c.board.back()) this.cancel(); }
  cancel(): boolean {
    const had = this.c.board.begun || this.c.store.lasso !== undefined;
    this.drop();
    this.begin();
    return had;
  }
  refresh(): void {
    // The choice was made elsewhere: the ring is gone from the store.
    if (this.c.store.lasso || this.c.board.active) return;
    this.c.view.area(undefined);
    this.begin();
  }
  stop(): void {
    this.drop();
  }
  private drop(): void {
    this.c.store.lasso = undefined;
    this.c.view.area(undefined);
    this.c.board.end();
    this.c.store.quiet();
  }
}
