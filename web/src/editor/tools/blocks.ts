import { inside } from '../geometry';
import { giveArea } from '../operations';
import type { Block } from '../types';
import { gridAt } from './index';
import type { Context, Pointer, Tool } from './tool';

/** Street blocks of the chosen grid's community: pointing shows what giving one would do, a click gives it. */
export class Blocks implements Tool {
  readonly cursor = 'pointer';
  private blocks: Block[] = [];
  private community: string | undefined;
  private over: Block | undefined;
  private stopped = false;

  constructor(private readonly c: Context) {
    this.refresh();
  }

  private get to() {
    return this.c.store.chosenGrids[0];
  }

  refresh(): void {
    const community = this.to?.properties.community;
    if (community === this.community) return;
    this.community = community;
    this.blocks = [];
    this.over = undefined;
    this.c.view.blocks([]);
    const plan = this.c.store.plan?.id;
    if (!community || !plan) return;
    this.c.store.api.blocks(plan, community).then(({ features }) => {
      if (this.stopped || this.community !== community) return;
      this.blocks = features;
      this.c.view.blocks(features);
    }, (e: unknown) => this.c.store.say('failed', e));
  }

  move(p: Pointer): void {
    if (!this.to) {
      this.c.store.hovered = gridAt(this.c.map, p);
      return;
    }
    const over = this.blocks.find((b) => inside(p.at, b.geometry));
    if (over === this.over) return;
    this.over = over;
    this.c.view.hoverBlock(over?.properties.number);
    this.c.store.ask(over && giveArea(this.to.properties.ref, [over.geometry]));
  }
  click(p: Pointer): void {
    const ref = gridAt(this.c.map, p);
    if (p.shift || !this.to) {
      if (ref) this.c.store.choose([ref]);
      return;
    }
    const block = this.blocks.find((b) => inside(p.at, b.geometry));
    if (block) this.c.store.commit(giveArea(this.to.properties.ref, [block.geometry]));
  }
  leave(): void {
    this.over = undefined;
    this.c.view.hoverBlock(undefined);
    this.c.store.hovered = undefined;
    this.c.store.quiet();
  }
  cancel(): boolean {
    if (!this.to) return false;
    this.c.store.choose([]);
    return true;
  }
  stop(): void {
    this.stopped = true;
    this.leave();
    this.c.view.blocks([]);
  }
}
