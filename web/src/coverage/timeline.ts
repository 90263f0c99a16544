import type { TimelineEvent } from './types';

export type TimelineOrder = 'learned' | 'happened';

/** The moment at which something happened or began to hold. */
const happened = (e: TimelineEvent): number => Date.parse(e.at ?? (e.from ? `${e.from}T00:00:00+08:00` : (e.learned ?? '')));
const learned = (e: TimelineEvent): number => (e.learned ? Date.parse(e.learned) : 0);

/** Events in one of the two times, the latest first; what is equal stays as it came. */
export function ordered(events: readonly TimelineEvent[], by: TimelineOrder): TimelineEvent[] {
  const of = by === 'learned' ? learned : happened;
  return [...events].reverse().sort((a, b) => of(b) - of(a));
}

/** How much later a visit was learned than it happened, from six hours on. */
export function lagOf(e: TimelineEvent): { hours: number; days: number } | undefined {
  if (e.kind !== 'visit' || !e.at || !e.learned) return undefined;
  const hours = Math.floor((Date.parse(e.learned) - Date.parse(e.at)) / 3_600_000);
  return hours < 6 ? undefined : { hours, days: Math.floor(hours / 24) };
}
