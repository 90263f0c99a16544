/**
 * Runs one question at a time and, of those that came meanwhile, only the
 * latest. A question under way is finished rather than broken off by the next
 * one: with a mouse that never rests no answer would ever come otherwise.
 */
export class LatestWins<I, O> {
  private flight: AbortController | undefined;
  private waiting: { input: I } | undefined;

  constructor(
    private readonly run: (input: I, signal: AbortSignal) => Promise<O>,
    private readonly answered: (output: O, input: I) => void,
    private readonly failed: (error: unknown, input: I) => void,
  ) {}

  ask(input: I): void {
    if (this.flight) this.waiting = { input };
    else void this.fly(input);
  }

  /** Breaks off what is under way; its answer will not be told. */
  cancel(): void {
    this.waiting = undefined;
    this.flight?.abort();
    this.flight = undefined;
  }

  private async fly(input: I): Promise<void> {
    const flight = new AbortController();
    this.flight = flight;
    try {
      const output = await this.run(input, flight.signal);
      if (!flight.signal.aborted) this.answered(output, input);
    } catch (error) {
      if (!flight.signal.aborted) this.failed(error, input);
    }
    if (this.flight !== flight) return;
    this.flight = undefined;
    const next = this.waiting;
    this.waiting = undefined;
    if (next) void this.fly(next.input);
  }
}
