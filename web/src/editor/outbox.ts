import { Problem } from '../api/client';
import type { Write, Written } from './api';

export interface Shelf { get(): Write[]; set(writes: Write[]): void }

/** The unsent writes of one plan, kept where a closed tab does not lose them. */
export function shelf(plan: string, storage: Storage = localStorage): Shelf {
  const key = `gridward-unsent-${plan}`;
  return {
    get() {
      try {
        return JSON.parse(storage.getItem(key) ?? '[]') as Write[];
      } catch {
        return [];
      }
    },
    set(writes) {
      try {
        if (writes.length) storage.setItem(key, JSON.stringify(writes));
        else storage.removeItem(key);
      } catch {
        // Without room or leave to store it the write still waits in memory.
      }
    },
  };
}

/** Whether the same write may succeed later, unchanged. */
export const passing = (error: unknown): boolean => !(error instanceof Problem) || [429, 502, 503, 504].includes(error.status);

export type OutboxState = 'idle' | 'saving' | 'waiting';
export interface OutboxEvents {
  send(write: Write): Promise<Written>;
  written(answer: Written, write: Write): void;
  refused(error: unknown, write: Write): void;
  state(state: OutboxState, unsent: readonly Write[]): void;
}

/** How many steps are done and undone once what is unsent has been answered. */
export function expected(done: number, undone: number, unsent: readonly Write[]): { done: number; undone: number } {
  for (const { action, operations } of unsent) {
    if (action === 'operations') [done, undone] = [done + (operations?.length ?? 0), 0];
    else if (action === 'undo') [done, undone] = [done - 1, undone + 1];
    else [done, undone] = [done + 1, undone - 1];
  }
  return { done, undone };
}

/** Sends writes one after the other, each until it is answered, always under its first key. */
export class Outbox {
  private writes: Write[];
  private running = false;
  private wake: (() => void) | undefined;
  private closed = false;

  constructor(private readonly kept: Shelf, private readonly events: OutboxEvents, private readonly pause = (tries: number) => Math.min(15_000, 500 * 2 ** tries)) {
    this.writes = kept.get();
  }

  /** Sends what an earlier page left unsent. */
  resume(): void {
    if (this.writes.length) void this.run();
  }

  add(write: Write): void {
    this.writes = [...this.writes, write];
    this.kept.set(this.writes);
    if (this.running) this.events.state('saving', this.writes);
    else void this.run();
  }

  /** Tries again at once: the network is back. */
  retry(): void {
    this.wake?.();
  }

  get unsent(): number {
    return this.writes.length;
  }

  /** Gives up what was not sent. */
  clear(): void {
    this.writes = [];
    this.kept.set([]);
    this.wake?.();
  }

  /** Stops sending; what is unsent stays on the shelf. */
  close(): void {
    this.closed = true;
    this.wake?.();
  }

  private async run(): Promise<void> {
    if (this.running) return;
    this.running = true;
    let tries = 0;
    for (let write = this.writes[0]; write && !this.closed; write = this.writes[0]) {
      this.events.state(tries ? 'waiting' : 'saving', this.writes);
      try {
        const answer = await this.events.send(write);
        if (this.closed) break;
        this.drop(write);
        tries = 0;
        this.events.written(answer, write);
        this.events.state('saving', this.writes);
      } catch (error) {
        if (this.closed) break;
        if (passing(error)) {
          this.events.state('waiting', this.writes);
          await this.sleep(this.pause(tries++));
          continue;
        }
        this.drop(write);
        tries = 0;
        this.events.refused(error, write);
      }
    }
    this.running = false;
    if (!this.closed) this.events.state('idle', this.writes);
  }

  private drop(write: Write): void {
    this.writes = this.writes.filter((w) => w !== write);
    this.kept.set(this.writes);
  }

  private sleep(ms: number): Promise<void> {
    return new Promise((done) => {
      const timer = setTimeout(done, ms);
      this.wake = () => {
        clearTimeout(timer);
        done();
      };
    });
  }
}
