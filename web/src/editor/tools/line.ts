import { reroute, split, type Built } from '../operations';
import type { Position } from '../types';
import type { Context, Tool } from './tool';

/** A line drawn by clicks that means an operation: split or reroute. */
export class Line implements Tool {
  readonly cursor = 'crosshair';

  constructor(private readonly c: Context, build: (line: Position[]) => Built) {
    c.board.begin('linestring', {
      changed: (line) => c.store.ask(build(line)),
      finished: (line) => c.store.commit(build(line)),
    });
  }
  finish(): void { this.c.board.finish(); }
  erase(): void { if (!this.c.board.back()) this.cancel(); }
  cancel(): boolean {
    if (!this.c.board.begun) return false;
    this.c.board.clear();
    this.c.store.quiet();
    return true;
  }
  stop(): void {
    this.c.board.end();
    this.c.store.quiet();
  }
}

export const splitTool = (c: Context): Tool => new Line(c, (line) => split(line, c.store.chosen));
export const rerouteTool = (c: Context): Tool => new Line(c, (line) => reroute(c.store.chosen, line));
