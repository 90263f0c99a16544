import { between } from './period';
import type { BandDay, Series } from './types';

export type Point = [x: number, y: number];

/** How a series and its band lie in a box: x by day over the whole period, y by how much is met, downwards as screens have it. */
export interface Curve { line: Point[]; band: Point[]; middle: Point[]; end: Point | undefined }

/**
 * Lays out a series. first and last are the period's days; up to is the last day
 * that has something to say. The first point is what was met before the period.
 */
export function curve(series: Series, first: string, last: string, width: number, height: number, band: readonly BandDay[] = []): Curve {
  const days = between(first, last) + 1;
  const top = Math.max(series.due, 1);
  const x = (n: number) => (width * n) / days;
  const y = (met: number) => height - (height * Math.min(met, top)) / top;
  const place = (day: string, met: number): Point => [x(Math.min(Math.max(between(first, day) + 1, 0), days)), y(met)];
  const line: Point[] = [[0, y(series.met_before)], ...series.days.filter((d) => d.day >= first && d.day <= last).map((d) => place(d.day, d.met_so_far))];
  const end = line.at(-1);
  const fan = band.filter((b) => b.day >= first && b.day <= last);
  const from: Point[] = end && fan.length ? [end] : [];
  return {
    line, end,
    band: fan.length ? [...from, ...fan.map((b) => place(b.day, b.high)), ...fan.map((b) => place(b.day, b.low)).reverse()] : [],
    middle: fan.length ? [...from, ...fan.map((b) => place(b.day, b.mid))] : [],
  };
}

export const pathOf = (points: readonly Point[]): string => points.map(([x, y]) => `${Math.round(x * 10) / 10},${Math.round(y * 10) / 10}`).join(' ');

/** A chance as words may say it: never 0 or 100 % of what is not decided. */
export type Chance = { kind: 'done' | 'lost' | 'tiny' | 'sure' } | { kind: 'share'; percent: number };
export function chanceOf(chance: number, remaining: number, daysLeft: number): Chance {
  if (remaining === 0) return { kind: 'done' };
  if (daysLeft === 0) return { kind: 'lost' };
  if (chance < 0.01) return { kind: 'tiny' };
  if (chance > 0.99) return { kind: 'sure' };
  return { kind: 'share', percent: Math.round(chance * 100) };
}
