/** What was asked for and is answered, or not yet. */
export interface Asked<T> { readonly value: T | undefined; readonly error: string; readonly busy: boolean; again(): void }

/**
 * Asks whenever something that the question reads has changed; the last question
 * wins, and the answer before it stays until its own is there. A question reads
 * before its first await. Only while a component is made.
 */
export function asked<T>(question: (signal: AbortSignal) => Promise<T> | undefined): Asked<T> {
  let value = $state.raw<T | undefined>();
  let error = $state('');
  let busy = $state(false);
  let turn = $state(0);
  $effect(() => {
    void turn;
    const stop = new AbortController();
    const answer = question(stop.signal);
    error = '';
    busy = answer !== undefined;
    if (!answer) value = undefined;
    answer?.then(
      (v) => {
        if (stop.signal.aborted) return;
        value = v;
        busy = false;
      },
      (e: unknown) => {
        if (stop.signal.aborted) return;
        error = e instanceof Error ? e.message : String(e);
        value = undefined;
        busy = false;
      },
    );
    return () => stop.abort();
  });
  return {
    get value() { return value; },
    get error() { return error; },
    get busy() { return busy; },
    again: () => void turn++,
  };
}
