/** Lets so many run at once and the others wait; who no longer wants an answer is passed over. */
export class Limiter {
  private running = 0;
  private readonly waiting: (() => void)[] = [];

  constructor(private readonly most: number) {}

  async run<T>(work: () => Promise<T>, signal?: AbortSignal): Promise<T> {
    if (this.running >= this.most) await new Promise<void>((turn) => this.waiting.push(turn));
    else this.running++;
    try {
      signal?.throwIfAborted();
      return await work();
    } finally {
      // The turn is handed on, so that nobody comes in between.
      const next = this.waiting.shift();
      if (next) next();
      else this.running--;
    }
  }
}
