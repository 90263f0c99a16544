// What the API answers; internal/httpapi/openapi.yaml is the authority.

export interface Bilingual { zh: string; en: string }
export interface Page<T> { items: T[]; next: string | null }
export interface Session { name: string; role: string; district: string; units: string[] }
export interface District {
  code: string; name: string; name_en: string; bounds: [number, number, number, number];
  synthetic: boolean; attribution: string; today: string; periods: string[];
  classes: ({ class: number } & Bilingual)[];
  policy: { version: string; valid_from: string; title: Bilingual };
}
export interface Attribute extends Bilingual { name: string; type: string; unit?: string; values?: (Bilingual & { value: string })[] }
export interface Layer extends Bilingual {
  name: string; group: 'base' | 'object'; geometry: string[]; category: string; inspected: boolean;
  count: number; minzoom: number; maxzoom: number; color: string; attributes: Attribute[];
}
export interface Category extends Bilingual { category: string; classes: number[] }
export interface HazardType extends Bilingual { type: string; severity: number; classes: number[] }
export interface Unit { code: string; kind: string; name: string; name_en: string; parent: string; bounds: [number, number, number, number] }
export type State = 'met' | 'attempted' | 'open' | 'overdue' | 'excused' | 'disputed' | 'not_due';
export interface Figures { complete: boolean | null; total: number; states: Record<Exclude<State, 'not_due'>, number>; longest_gap_days: number | null; late: number; wrong_holder: number }
export interface RollupRow extends Figures { key: string; name: string }
export interface Reason extends Bilingual { code: string }
export interface Named { code: string; name: string }
export interface Obligation {
  duty: string; class: number; name: Bilingual; period: string; state: State; due: string | null; longest_gap_days: number;
  times: number; made: number; late: boolean; wrong_holder: boolean; policy: string; answers?: Named | null; credit?: Named | null;
  reasons: Reason[]; inspection: string | null; nearest: { inspection: string; at: string; why: Bilingual } | null;
}
export interface Place {
  id: string; layer: string; category: string; name: string; address: string; lon: number; lat: number; h3: string;
  units: { town: Named | null; park: Named | null; community: Named | null };
  grid: { code: string; name: string; reason: string; share_ppm: number } | null;
  risk: number; attributes: Record<string, string | number | boolean>;
  holders: { duty: string; class: number; body: string; unit: Named; why: Bilingual; basis: Bilingual }[];
  obligations: Obligation[];
  inspections: { id: string; at: string; inspector: string; outcome: string; note: string }[];
  hazards: { id: string; type: string; severity: number; state: string; discovered_at: string }[];
}
export interface PlaceSummary { id: string; layer: string; category: string; name: string; address: string; lon: number; lat: number }
export interface Unmet extends PlaceSummary {
  place: string; duty: string; class: number; period: string; state: State; due: string | null; reasons: Reason[]; grid: string; town: string; community: string;
  nearest: { inspection: string; at: string; why: Bilingual } | null; holder: { body: string; unit: Named | null };
}
