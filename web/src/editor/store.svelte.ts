import { Problem } from '../api/client';
import type { World } from '../lib/state.svelte';
import { PlansApi, type Write, type Written } from './api';
import { Borders, type BorderDiff } from './borders';
import { LatestWins } from './latest';
import { meanOf } from './loads';
import { expected, Outbox, shelf, type OutboxState } from './outbox';
import type { Resolution } from './cells';
import type { Effect, Finding, Grid, Kind, Operation, Plan, Position, Ref, RefusedReason, Step } from './types';

export type ToolId = 'select' | 'split' | 'borders' | 'hexagons' | 'blocks' | 'lasso' | 'reroute';
export interface Refused { reason: RefusedReason | undefined; text: string; at: Position | null; grid: Ref | null; place: string | null; operation: Operation | undefined }
export interface Message { key: 'stale' | 'failed' | 'published' | 'proposed' | 'returned' | 'withdrawn' | 'rebased' | 'noticeBlocked' | 'notFound'; detail?: string }

/** What the store tells the map: differences, never everything when one grid changed. */
export interface View {
  load(grids: ReadonlyMap<Ref, Grid>, borders: Borders): void;
  change(ended: readonly Ref[], grids: readonly Grid[], borders: BorderDiff): void;
}

/** The plan that is open and what a hand is doing to it. */
export class EditorStore {
  readonly api: PlansApi;
  readonly borders = new Borders();
  view: View | undefined;

  town = $state('');
  plans = $state.raw<Plan[] | undefined>();
  plan = $state.raw<Plan | undefined>();
  grids = $state.raw<ReadonlyMap<Ref, Grid>>(new Map());
  steps = $state.raw<readonly Step[]>([]);
  problems = $state.raw<readonly Finding[] | undefined>();
  loading = $state(false);

  tool = $state<ToolId>('select');
  chosen = $state.raw<readonly Ref[]>([]);
  hovered = $state<Ref | undefined>();
  snapping = $state(true);
  radius = $state(24); // of the brush, in pixels
  resolution = $state<Resolution>(11);
  /** A closed lasso that waits to be given away or carved out. */
  lasso = $state.raw<Position[] | undefined>();

  preview = $state.raw<{ effect: Effect; operation: Operation } | undefined>();
  last = $state.raw<{ effect: Effect; name: string; kind: Kind | undefined } | undefined>();
  refused = $state.raw<Refused | undefined>();
  previewFailed = $state(false);
  message = $state.raw<Message | undefined>();
  saving = $state<OutboxState>('idle');
  private queued = $state.raw<readonly Write[]>([]);

  readonly mean = $derived(meanOf([...this.grids.values()].map((g) => g.properties.minutes)));
  readonly editable = $derived(this.plan?.status === 'draft');
  readonly chosenGrids = $derived(this.chosen.map((r) => this.grids.get(r)).filter((g) => g !== undefined));

  /** Keys are faster than answers: what is under way counts as done. */
  private readonly ahead = $derived(expected(this.steps.filter((s) => s.state === 'done').length, this.steps.filter((s) => s.state === 'undone').length, this.queued));
  readonly canUndo = $derived(this.editable && this.ahead.done > 0);
  readonly canRedo = $derived(this.editable && this.ahead.undone > 0);

  private outbox: Outbox | undefined;
  private readonly asker: LatestWins<{ plan: string; operation: Operation }, Effect>;
  private opening = 0;

  constructor(readonly world: World) {
    this.api = new PlansApi(world.client);
    this.asker = new LatestWins(
      ({ plan, operation }, signal) => this.api.preview(plan, operation, signal),
      (effect, { operation }) => {
        this.preview = { effect, operation };
        this.refused = undefined;
        this.previewFailed = false;
      },
      (error, { operation }) => {
        this.preview = undefined;
        const refused = refusalOf(error, operation);
        if (refused) this.refused = refused;
        this.previewFailed = !refused;
      },
    );
  }

  get unsent(): number { return this.queued.length; }
  get admin(): boolean { return this.world.session.role === 'admin'; }

  /** The towns whose plans this account may draw. */
  get towns() {
    return [...this.world.units.values()].filter((u) => u.kind === 'town');
  }

  get townName(): string {
    return this.world.units.get(this.town)?.name ?? '';
  }

  nameOf(ref: Ref | null): string {
    if (ref === null) return '—';
    const g = this.grids.get(ref) ?? this.preview?.effect.features.features.find((f) => f.properties.ref === ref) ?? this.last?.effect.features.features.find((f) => f.properties.ref === ref);
    return g?.properties.name ?? this.named.get(ref) ?? ref;
  }
  /** Names by reference and by code: effects speak of grids that ended, comparisons of codes. */
  private readonly named = new Map<Ref, string>();
  private remember({ properties: { ref, code, name } }: Grid): void {
    this.named.set(code, name);
    this.named.set(ref, name);
  }

  async list(town: string): Promise<void> {
    this.town = town;
    this.plans = undefined;
    try {
      const plans = await this.api.list(town);
      if (this.town === town) this.plans = plans;
    } catch (e) {
      this.say('failed', e);
      this.plans = [];
    }
  }

  async open(id: string): Promise<void> {
    const turn = ++this.opening;
    this.loading = true;
    this.forget();
    try {
      const [grids, borders, steps] = await Promise.all([this.api.grids(id), this.api.borders(id), this.api.steps(id)]);
      if (turn !== this.opening) return;
      this.grids = new Map(grids.features.map((g) => [g.properties.ref, g]));
      for (const g of grids.features) this.remember(g);
      this.borders.load(borders.features);
      this.steps = steps;
      this.plan = grids.plan;
      this.town = grids.plan.town;
      this.chosen = this.chosen.filter((r) => this.grids.has(r));
      this.view?.load(this.grids, this.borders);
      this.outbox?.close();
      this.outbox = this.boxOf(id);
      this.outbox.resume();
      if (!this.editable) this.tool = 'select';
    } catch (e) {
      if (turn === this.opening) this.say(e instanceof Problem && e.status === 404 ? 'notFound' : 'failed', e);
    } finally {
      if (turn === this.opening) this.loading = false;
    }
  }

  private boxOf(id: string): Outbox {
    return new Outbox(shelf(id), {
      send: (write) => this.api.write(id, this.plan?.version ?? 0, write),
      written: (answer, write) => this.written(answer, write),
      refused: (error, write) => void this.rejected(error, write),
      state: (state, unsent) => {
        this.saving = state;
        this.queued = unsent;
      },
    });
  }

  close(): void {
    this.opening++;
    this.outbox?.close();
    this.outbox = undefined;
    this.forget();
    this.plan = undefined;
    this.grids = new Map();
    this.steps = [];
    this.chosen = [];
    this.tool = 'select';
    this.loading = false;
    this.saving = 'idle';
    this.queued = [];
    this.borders.load([]);
    this.view?.load(this.grids, this.borders);
  }

  private forget(): void {
    this.quiet();
    this.last = undefined;
    this.problems = undefined;
    this.lasso = undefined;
  }

  /** Takes the answer of a write that names the plan anew. */
  took(plan: Plan): void {
    this.plan = plan;
    this.plans = this.plans?.map((p) => (p.id === plan.id ? plan : p));
    if (!this.editable) {
      this.tool = 'select';
      this.quiet();
    }
  }

  async renamePlan(name: string): Promise<void> {
    if (!this.plan || !name || name === this.plan.name) return;
    try {
      this.took(await this.api.rename(this.plan, name));
    } catch (e) {
      this.say('failed', e);
    }
  }

  /** Begins a draft on the town's latest plan and opens it. */
  async start(name: string): Promise<void> {
    try {
      const plan = await this.api.start(this.town, name);
      await this.open(plan.id);
      await this.list(this.town);
    } catch (e) {
      this.say('failed', e);
    }
  }

  say(key: Message['key'], error?: unknown): void {
    this.message = { key, ...(error === undefined ? {} : { detail: error instanceof Error ? error.message : String(error) }) };
  }

  /** Asks what an operation would do; undefined stops asking. */
  ask(operation: Operation | undefined): void {
    if (!operation || !this.plan || !this.editable) return this.quiet();
    this.asker.ask({ plan: this.plan.id, operation });
  }

  /** No preview, no refusal on the screen. */
  quiet(): void {
    this.asker.cancel();
    this.preview = undefined;
    this.refused = undefined;
    this.previewFailed = false;
  }

  commit(operation: Operation | readonly Operation[] | undefined, name?: string): void {
    if (!operation || !this.editable || !this.outbox) return;
    const operations = Array.isArray(operation) ? [...(operation as Operation[])] : [operation as Operation];
    if (operations.length === 0) return;
    this.asker.cancel(); // the drawing stays on the screen until the answer takes its place
    this.refused = undefined;
    this.outbox.add({ id: crypto.randomUUID(), action: 'operations', operations, ...(name ? { name } : {}) });
  }


  undo(): void { this.turn('undo', this.canUndo); }
  redo(): void { this.turn('redo', this.canRedo); }

  private turn(action: 'undo' | 'redo', possible: boolean): void {
    if (!possible || !this.outbox) return;
    this.quiet();
    this.outbox.add({ id: crypto.randomUUID(), action });
  }

  retry(): void { this.outbox?.retry(); }

  /** Sends nothing more of an open plan: the screen is left. */
  leave(): void {
    this.outbox?.close();
    this.asker.cancel();
  }

  private written({ plan, operations, effect }: Written, write: Write): void {
    this.apply(effect);
    const at = (state: Step['state']) => (state === 'done' ? this.steps.findLastIndex((s) => s.state === 'done') : this.steps.findIndex((s) => s.state === 'undone'));
    let name = write.name ?? '';
    let kind: Kind | undefined;
    if (write.action === 'operations') {
      const begun = operations ?? [];
      const known = new Set(begun.map((s) => s.seq)); // a repeat after a reload is already on the list
      this.steps = [...this.steps.filter((s) => s.state === 'done' && !known.has(s.seq)), ...begun];
      name = name || (begun.at(-1)?.name ?? '');
      kind = begun.at(-1)?.operation.kind;
    } else {
      const i = at(write.action === 'undo' ? 'done' : 'undone');
      name = this.steps[i]?.name ?? '';
      kind = this.steps[i]?.operation.kind;
      this.steps = this.steps.map((s, j) => (j === i ? { ...s, state: write.action === 'undo' ? 'undone' : 'done' } : s));
    }
    this.last = { effect, name, kind };
    this.preview = undefined;
    this.problems = undefined;
    this.took(plan);
    // What this count says and the list does not: another window had its hand in it.
    if (this.steps.filter((s) => s.state === 'done').length !== plan.done) void this.api.steps(plan.id).then((s) => { if (this.plan?.id === plan.id) this.steps = s; }, () => {});
  }

  private apply(effect: Effect): void {
    const next = new Map(this.grids);
    for (const ref of effect.ended) next.delete(ref);
    for (const g of effect.features.features) {
      next.set(g.properties.ref, g);
      this.remember(g);
    }
    this.grids = next;
    this.chosen = this.chosen.filter((r) => next.has(r));
    const touched = new Set([...effect.ended, ...effect.features.features.map((g) => g.properties.ref)]);
    this.view?.change(effect.ended, effect.features.features, this.borders.change(touched, effect.borders.features));
  }

  private async rejected(error: unknown, write: Write): Promise<void> {
    this.preview = undefined;
    const refused = refusalOf(error, write.operations?.[0]);
    if (refused) {
      this.refused = refused;
      return;
    }
    const id = this.plan?.id;
    if (error instanceof Problem && error.status === 412 && id) {
      this.outbox?.clear();
      await this.open(id);
      this.say('stale');
      return;
    }
    this.say('failed', error);
  }

  async check(): Promise<void> {
    const id = this.plan?.id;
    if (!id) return;
    try {
      const problems = await this.api.problems(id);
      if (this.plan?.id === id) this.problems = problems;
    } catch (e) {
      this.say('failed', e);
    }
  }

  choose(refs: Iterable<Ref>): void {
    this.chosen = [...new Set(refs)].filter((r) => this.grids.has(r));
  }
  toggle(ref: Ref): void {
    this.choose(this.chosen.includes(ref) ? this.chosen.filter((r) => r !== ref) : [...this.chosen, ref]);
  }
}

/** What a refused operation says of itself; undefined for every other mistake. */
export function refusalOf(error: unknown, operation: Operation | undefined): Refused | undefined {
  if (!(error instanceof Problem) || error.status !== 422) return undefined;
  const { reason, at, grid, place_name } = error.more as { reason?: RefusedReason; at?: Position | null; grid?: Ref | null; place_name?: string | null };
  return { reason, text: error.detail || error.title, at: at ?? null, grid: grid ?? null, place: place_name ?? null, operation };
}
