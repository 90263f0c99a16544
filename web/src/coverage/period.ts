import type { Language } from '../lib/state.svelte';

/** A span of calendar days in the district's time, as the API writes it. */
export interface Period { kind: 'month' | 'half' | 'week' | 'day' | 'span'; text: string; first: string; last: string }

const dayLength = 86_400_000;
const at = (day: string): number => Date.parse(`${day}T00:00:00Z`);
const dayOf = (ms: number): string => new Date(ms).toISOString().slice(0, 10);
const two = (n: number): string => String(n).padStart(2, '0');

export const addDays = (day: string, n: number): string => dayOf(at(day) + n * dayLength);
/** How many days lie from one day to another. */
export const between = (from: string, to: string): number => Math.round((at(to) - at(from)) / dayLength);
/** The last moment of a day in the district's time, for as_of. */
export const endOf = (day: string): string => `${day}T23:59:59+08:00`;

/** Whether a text is a day that the calendar has. */
export const isDay = (text: string): boolean => /^[2]\d{3}-\d{2}-\d{2}$/.test(text) && !Number.isNaN(at(text)) && dayOf(at(text)) === text;

const month = (y: number, m: number): Period => {
  const first = new Date(Date.UTC(y, m - 1, 1)).toISOString();
  return { kind: 'month', text: first.slice(0, 7), first: first.slice(0, 10), last: dayOf(Date.UTC(y, m, 0)) };
};
const half = (y: number, h: 1 | 2): Period => ({ kind: 'half', text: `${y}-H${h}`, first: `${y}-${h === 1 ? '01-01' : '07-01'}`, last: `${y}-${h === 1 ? '06-30' : '12-31'}` });

/** The week from Monday to Sunday that holds a day; a year's first is the one with 4 January. */
function week(day: string): Period {
  const monday = at(day) - ((new Date(at(day)).getUTCDay() + 6) % 7) * dayLength;
  const year = new Date(monday + 3 * dayLength).getUTCFullYear();
  const n = Math.floor((monday + 3 * dayLength - Date.UTC(year, 0, 1)) / (7 * dayLength)) + 1;
  return { kind: 'week', text: `${year}-W${two(n)}`, first: dayOf(monday), last: dayOf(monday + 6 * dayLength) };
}

/** Reads what the API reads, and what people write: 2026年11月, 2026年下半年, 2026年第44周. */
export function parsePeriod(typed: string): Period | undefined {
  const text = typed.normalize('NFKC').replace(/\s/g, '').toUpperCase();
  const span = /^(.{10})(?:\.\.|~|至|到)(.{10})$/.exec(text);
  if (span) {
    const [, first = '', last = ''] = span;
    return isDay(first) && isDay(last) && first <= last ? { kind: 'span', text: `${first}..${last}`, first, last } : undefined;
  }
  if (isDay(text)) return { kind: 'day', text, first: text, last: text };
  const m = /^(2\d{3})(?:-|年)(\d{1,2})月?$/.exec(text);
  if (m && Number(m[2]) >= 1 && Number(m[2]) <= 12 && (m[2]?.length === 2 || text.endsWith('月'))) return month(Number(m[1]), Number(m[2]));
  const h = /^(2\d{3})(?:-H([12])|年([上下])半年)$/.exec(text);
  if (h) return half(Number(h[1]), h[2] === '1' || h[3] === '上' ? 1 : 2);
  const w = /^(2\d{3})(?:-W|年第)(\d{1,2})周?$/.exec(text);
  if (w) {
    const p = week(addDays(`${w[1]}-01-04`, 7 * (Number(w[2]) - 1)));
    return p.text === `${w[1]}-W${two(Number(w[2]))}` ? p : undefined;
  }
  return undefined;
}

const months = ['Jan', 'Feb', 'Mar', 'Apr', 'May', 'Jun', 'Jul', 'Aug', 'Sep', 'Oct', 'Nov', 'Dec'];

/** How people call a period. */
export function periodName(p: Period, language: Language): string {
  const [y = '', m = ''] = p.first.split('-');
  const zh = language === 'zh';
  switch (p.kind) {
    case 'month': return zh ? `${y}年${Number(m)}月` : `${months[Number(m) - 1]} ${y}`;
    case 'half': return zh ? `${y}年${m === '01' ? '上' : '下'}半年` : `${m === '01' ? '1st' : '2nd'} half of ${y}`;
    case 'week': return zh ? `${p.text.slice(0, 4)}年第${Number(p.text.slice(6))}周` : `week ${Number(p.text.slice(6))} of ${p.text.slice(0, 4)}`;
    case 'day': return p.first;
    case 'span': return zh ? `${p.first} 至 ${p.last}` : `${p.first} to ${p.last}`;
  }
}

/** The period before or after; of a span, as many days. */
export function stepPeriod(p: Period, by: 1 | -1): Period {
  const beside = by > 0 ? addDays(p.last, 1) : addDays(p.first, -1);
  const [y, m] = [Number(beside.slice(0, 4)), Number(beside.slice(5, 7))];
  switch (p.kind) {
    case 'month': return month(y, m);
    case 'half': return half(y, m <= 6 ? 1 : 2);
    case 'week': return week(beside);
    case 'day': return { kind: 'day', text: beside, first: beside, last: beside };
    case 'span': {
      const far = addDays(beside, by * between(p.first, p.last));
      const [first, last] = by > 0 ? [beside, far] : [far, beside];
      return { kind: 'span', text: `${first}..${last}`, first, last };
    }
  }
}

/** The month that holds a day. */
export const monthOf = (day: string): Period => month(Number(day.slice(0, 4)), Number(day.slice(5, 7)));

/** What a picker offers: the months that are kept, latest first, and the half-years that begin among them. */
export function offered(periods: readonly string[]): { months: Period[]; halves: Period[] } {
  const kept = periods.map(parsePeriod).filter((p) => p?.kind === 'month').map((p) => p as Period).reverse();
  const first = kept.at(-1)?.first ?? '';
  const halves = new Map<string, Period>();
  for (const m of kept) {
    const h = half(Number(m.text.slice(0, 4)), Number(m.text.slice(5)) <= 6 ? 1 : 2);
    if (h.first >= first) halves.set(h.text, h);
  }
  return { months: kept, halves: [...halves.values()] };
}

/** One stop of the time slider: a day that has ended, or now. */
export interface Stop { day: string; asOf: string }

/** The days of a period that have ended, and last what is known now; none before it has begun. */
export function stops(p: Period, today: string): Stop[] {
  if (p.first > today) return [];
  const last = p.last < today ? p.last : addDays(today, -1);
  const days = between(p.first, last) + 1;
  return [...Array.from({ length: Math.max(days, 0) }, (_, i) => addDays(p.first, i)).map((day) => ({ day, asOf: endOf(day) })), { day: '', asOf: '' }];
}

/** What a field for a moment in the district's time holds: 2026-11-20T09:30; empty for no moment. */
export const toField = (known: string): string => (known && !Number.isNaN(Date.parse(known)) ? new Date(Date.parse(known) + 8 * 3_600_000).toISOString().slice(0, 16) : '');
/** The moment that such a field means. */
export const fromField = (field: string): string => (/^\d{4}-\d{2}-\d{2}T\d{2}:\d{2}$/.test(field) ? `${field}:00+08:00` : '');
