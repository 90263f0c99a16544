import type { Mode } from '../map/style';

/** What the address says: a view and what is looked at there. An empty text is what is usual. */
export interface MapRoute { view: 'map'; mode: Mode; period: string; class: string; unit: string; grid: string; known: string; day: string; place: string }
export interface BoardRoute { view: 'board'; period: string; class: string; town: string; community: string; grid: string; known: string; place: string }
export interface EvidenceRoute { view: 'evidence'; tab: 'patterns' | 'visits'; period: string; unit: string; grade: string; known: string }
export interface ReportRoute { view: 'report'; kind: 'day' | 'month'; of: string; town: string; known: string }
export interface PlanRoute { view: 'plan'; plan: string }
export type Route = MapRoute | BoardRoute | EvidenceRoute | ReportRoute | PlanRoute;

export const map: MapRoute = { view: 'map', mode: 'layers', period: '', class: '', unit: '', grid: '', known: '', day: '', place: '' };
export const board: BoardRoute = { view: 'board', period: '', class: '', town: '', community: '', grid: '', known: '', place: '' };
export const evidence: EvidenceRoute = { view: 'evidence', tab: 'patterns', period: '', unit: '', grade: '', known: '' };
export const report: ReportRoute = { view: 'report', kind: 'day', of: '', town: '', known: '' };

/** Takes from a query what a route of this shape has. */
function read<R extends Route>(usual: R, query: URLSearchParams): R {
  const out: Record<string, string> = { ...usual };
  for (const key of Object.keys(usual)) if (key !== 'view') out[key] = query.get(key) ?? (usual as unknown as Record<string, string>)[key] ?? '';
  return out as unknown as R;
}

const one = <T extends string>(value: string, known: readonly T[], usual: T): T => (known as readonly string[]).includes(value) ? (value as T) : usual;

/** Reads a fragment such as #board?period=2026-11; whatever it does not know is the map. */
export function parseRoute(hash: string): Route {
  const plan = /^#plan(?:=([0-9a-f-]{36}))?$/.exec(hash);
  if (plan) return { view: 'plan', plan: plan[1] ?? '' };
  const [, name = '', rest = ''] = /^#([a-z]+)([^?]*)/.exec(hash) ?? [];
  const query = new URLSearchParams(hash.split('?')[1] ?? '');
  switch (name) {
    case 'board': return read(board, query);
    case 'evidence': {
      const r = read(evidence, query);
      return { ...r, tab: one(r.tab, ['patterns', 'visits'], 'patterns') };
    }
    case 'report': {
      const [, kind = '', of = ''] = /^\/(day|month)(?:\/([0-9-]+))?$/.exec(rest) ?? [];
      return { ...read(report, query), kind: one(kind, ['day', 'month'], 'day'), of };
    }
    default: {
      const r = read(map, name === 'map' ? query : new URLSearchParams());
      return { ...r, mode: one(r.mode, ['layers', 'heat', 'coverage'], 'layers') };
    }
  }
}

/** The fragment of a route: only what is not usual stands in it. */
export function formatRoute(route: Route): string {
  if (route.view === 'plan') return route.plan ? `#plan=${route.plan}` : '#plan';
  const usual: Record<string, string> = { ...{ map, board, evidence, report }[route.view] };
  const query = new URLSearchParams();
  for (const [key, value] of Object.entries(route) as [string, string][]) {
    if (key !== 'view' && value !== usual[key] && !(route.view === 'report' && (key === 'kind' || key === 'of'))) query.set(key, value);
  }
  // A moment's colons and commas may stand as they are, so that an address can be read.
  const text = query.toString().replaceAll('%3A', ':').replaceAll('%2C', ',');
  const path = route.view === 'report' ? `report/${route.kind}${route.of ? `/${route.of}` : ''}` : route.view;
  if (route.view === 'map' && !text) return '';
  return `#${path}${text ? `?${text}` : ''}`;
}
