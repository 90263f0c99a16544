import type { Bilingual, Figures, Obligation, Reason, RollupRow } from '../api/types';

// What the coverage part of the API answers; internal/httpapi/openapi.yaml is the authority.

export interface CoverageAnswer extends Figures { unit: string | null; units: string[]; period: string; class: number | null; policy: string; as_known_at: string | null; as_of: string }
export interface Rollup { items: RollupRow[]; next: string | null; as_known_at: string | null; as_of: string; policy: string }
export interface Series { period: string; due: number; met_before: number; days: { day: string; met: number; met_so_far: number }[] }

export type Grade = 'A' | 'B' | 'C' | 'D';
export interface TimelineEvent {
  kind: 'record' | 'placement' | 'visit' | 'review' | 'exemption'; learned: string | null; at: string | null; from: string | null; text: Bilingual;
  inspection: string | null; outcome: string | null; grade: Grade | null; counts: boolean; reasons: Reason[]; town: string; park: string; community: string; grid: string;
}
export interface Explanation {
  place: { id: string; layer: string; category: string; name: string; address: string };
  period: string; as_known_at: string | null; as_of: string; obligations: Obligation[]; timeline: TimelineEvent[];
}

export interface BandDay { day: string; low: number; mid: number; high: number }
export interface Outlook {
  unit: string; name: string; due: number; met: number; remaining: number; days_left: number; needed_per_day: number; pace_per_day: number; strained?: boolean;
  known: boolean; reason: string | null; chance: number | null; low: number | null; mid: number | null; high: number | null; band?: BandDay[];
}
export interface Forecast { period: string; day: string; items: Outlook[]; as_of: string }
export interface Missed { place: string; name: string; address?: string; category: string; lon: number; lat: number; community: string; chance: number; missed_before: boolean; attempted: boolean; days_since: number | null }

export interface Inspection {
  id: string; place: string; at: string; received_at: string; inspector: string; unit: string | null; outcome: string; checklist: string; note: string;
  lon: number | null; lat: number | null; accuracy_m: number | null; distance_m: number | null; dwell_s: number | null; skew_s: number; device: string; mock: boolean; photos: string[];
}
export interface EvidenceVisit { inspection: Inspection; place: { id: string; name: string; category: string; lon: number; lat: number }; grade: Grade; reasons: Reason[] }

export type LonLat = [number, number];
export interface Finding extends Bilingual {
  kind: string; score: number; hits: number; looks: number; days: number; usual: number; examples: string[];
  track: { inspection: string; at: string; position: LonLat; hit: boolean }[]; lines: { inspection: string; place: LonLat; position: LonLat }[];
}
export interface Pattern { inspector: string; visits: number; days: number; score: number; reasons: { code: string; visits: number }[]; findings: Finding[] }
