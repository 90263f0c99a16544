import { lattice, path, ring } from './geometry';
import type { Area, GridProps, Operation, Position, Ref } from './types';

// Operations from what a hand drew. Each is undefined where the drawing is not
// enough for it yet, so that a preview is asked for only when it can answer.

export type Built = Operation | undefined;

/** Divides the grids that a line crosses; only the chosen ones if any are. */
export function split(line: readonly (readonly number[])[], chosen: Iterable<Ref> = []): Built {
  const drawn = path(line);
  const grids = [...chosen];
  return drawn.length < 2 ? undefined : { kind: 'split', line: drawn, ...(grids.length ? { grids } : {}) };
}

/** Merges the chosen grids; the one with most places keeps its code. */
export function merge(chosen: readonly GridProps[]): Built {
  if (chosen.length < 2 || new Set(chosen.map((g) => g.community)).size > 1) return undefined;
  const grids = [...chosen].sort((a, b) => b.places - a.places || (a.code < b.code ? -1 : 1)).map((g) => g.ref);
  return { kind: 'merge', grids };
}

export function moveVertex(from: Position, to: readonly number[]): Built {
  const at = lattice(to);
  return at[0] === from[0] && at[1] === from[1] ? undefined : { kind: 'move_vertex', from, to: at };
}

export const insertVertex = (edge: [Position, Position], at: readonly number[]): Operation => ({ kind: 'insert_vertex', edge, at: lattice(at) });
export const deleteVertex = (at: Position): Operation => ({ kind: 'delete_vertex', at });

/** Gives what a ring encloses to a grid. */
export function giveRegion(to: Ref | undefined, line: readonly (readonly number[])[]): Built {
  const region = ring(line);
  return to && region ? { kind: 'give', grid: to, region: { type: 'Polygon', coordinates: [region] } } : undefined;
}

export function giveArea(to: Ref | undefined, areas: readonly Area[]): Built {
  if (!to || areas.length === 0) return undefined;
  const one = areas[0];
  if (areas.length === 1 && one) return { kind: 'give', grid: to, region: one };
  return { kind: 'give', grid: to, region: { type: 'MultiPolygon', coordinates: areas.flatMap((a) => (a.type === 'Polygon' ? [a.coordinates] : a.coordinates)) } };
}

export function giveCells(to: Ref | undefined, cells: Iterable<string>): Built {
  const list = [...cells].sort();
  return to && list.length ? { kind: 'give', grid: to, cells: list } : undefined;
}

/** Cuts a new grid out of a community. */
export function carve(community: string | undefined, line: readonly (readonly number[])[]): Built {
  const region = ring(line);
  return community && region ? { kind: 'carve', community, region: { type: 'Polygon', coordinates: [region] } } : undefined;
}

export function reroute(chosen: readonly Ref[], line: readonly (readonly number[])[]): Built {
  const [a, b] = chosen;
  const drawn = path(line);
  return a && b && chosen.length === 2 && drawn.length >= 2 ? { kind: 'reroute', grids: [a, b], path: drawn } : undefined;
}

export function straighten(chosen: readonly Ref[], tolerance: number): Built {
  const [a, b] = chosen;
  return a && b && chosen.length === 2 ? { kind: 'straighten', grids: [a, b], tolerance_m: tolerance } : undefined;
}

export function rename(grid: GridProps, name: string): Built {
  const text = name.trim();
  return text && text !== grid.name ? { kind: 'rename', grid: grid.ref, name: text } : undefined;
}

/** The same operation with a promise waived that it was refused for. */
export const allowing = (o: Operation, what: 'disconnect' | 'cut'): Operation => ({ ...o, allow: [...new Set([...(o.allow ?? []), what])] });
