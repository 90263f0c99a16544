import type { World } from '../lib/state.svelte';
import type { By, Part } from './api';

type Known = Pick<World, 'units' | 'root' | 'session'>;

/** What an account sees without choosing: the district, or the one unit that it has. */
export function ownPart({ units, root }: Known): Part {
  const kind = units.get(root)?.kind;
  return kind === 'town' || kind === 'park' ? { town: root } : kind === 'community' ? { community: root } : {};
}

/** The part that an address names, within what the account sees. */
export function partOf(world: Known, route: { town: string; community: string; grid: string }): Part {
  const own = ownPart(world);
  const out: Part = {};
  const town = route.town || own.town;
  const community = route.community || own.community;
  if (town) out.town = town;
  if (community) out.community = community;
  if (route.grid) out.grid = route.grid;
  return out;
}

/** What the rows of a part's table are. */
export function rowsOf({ units, root, session }: Known, part: Part): By {
  if (part.grid || part.community) return 'grid';
  if (part.town) return 'community';
  const wide = root ? units.get(root)?.kind === 'district' : session.units.some((u) => ['district', 'town', 'park'].includes(units.get(u)?.kind ?? ''));
  return wide ? 'town_level' : 'community';
}

/** The part that a row of a part's table stands for. */
export const rowPart = (part: Part, by: By, key: string): Part => ({ ...part, [by === 'town_level' ? 'town' : by]: key });

/** A crumb: the part that it leads back to; a name that the tree does not know is a grid's. */
export interface Crumb { code: string; part: Part }

/** The way from what the account sees down to a part. */
export function crumbsOf(world: Known, part: Part): Crumb[] {
  const own = ownPart(world);
  const out: Crumb[] = [{ code: own.community ?? own.town ?? world.root, part: own }];
  if (part.town && part.town !== own.town) out.push({ code: part.town, part: { ...own, town: part.town } });
  if (part.community && part.community !== own.community) out.push({ code: part.community, part: { ...own, ...(part.town ? { town: part.town } : {}), community: part.community } });
  if (part.grid) out.push({ code: part.grid, part });
  return out;
}
