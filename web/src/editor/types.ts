// What the API of plans answers and takes; internal/httpapi/openapi.yaml is the authority.
import type { Bilingual } from '../api/types';

/** Longitude and latitude in degrees on the lattice of 1e-7. */
export type Position = [number, number];
export type Bounds = [number, number, number, number];
/** A grid inside a draft: the code of a grid of the base, or "<seq>.<n>". */
export type Ref = string;

export interface Polygon { type: 'Polygon'; coordinates: Position[][] }
export interface MultiPolygon { type: 'MultiPolygon'; coordinates: Position[][][] }
export interface LineString { type: 'LineString'; coordinates: Position[] }
export interface Point { type: 'Point'; coordinates: Position }
export type Area = Polygon | MultiPolygon;
export type Geometry = Area | LineString | Point | { type: 'MultiLineString'; coordinates: Position[][] } | { type: 'MultiPoint'; coordinates: Position[] };
export interface Feature<G = Geometry, P = Record<string, unknown>> { type: 'Feature'; id?: string | number; geometry: G; properties: P }
export interface Collection<F = Feature> { type: 'FeatureCollection'; features: F[] }

export type Status = 'draft' | 'proposed' | 'published' | 'superseded';
export interface Plan {
  id: string; town: string; town_name: string; name: string; status: Status; base: string | null; origin: string; version: number;
  created_at: string; created_by: string; effective_from: string | null; effective_to: string | null;
  review: { reviewer: string; note: string; at: string } | null;
  grids: number | null; // known once they are stored
  done: number; undone: number; stale: boolean;
}

export interface GridProps {
  ref: Ref; code: string; name: string; community: string; community_name: string; area_m2: number; compactness: number; places: number;
  minutes: number; visit_minutes: number; walk_minutes: number; street_m: number; changed: boolean; loads: Record<string, number>;
}
export type Grid = Feature<Area, GridProps>;
export type Border = Feature<LineString, { left: Ref | null; right: Ref | null; fixed: boolean }>;
export type Block = Feature<Area, { number: number; area_m2: number }>;
export interface Grids extends Collection<Grid> { plan: Plan; mean_minutes: number }

export interface OperationOptions { allow?: ('disconnect' | 'cut')[] }
export type Land = { region: Area; cells?: never } | { cells: string[]; region?: never };
export type Share = { grid?: Ref; name?: string } & Land; // without a grid: a new one
export type Operation = OperationOptions & (
  | { kind: 'split'; line: Position[]; grids?: Ref[] }
  | { kind: 'merge'; grids: Ref[] }
  | { kind: 'move_vertex'; from: Position; to: Position }
  | { kind: 'insert_vertex'; edge: [Position, Position]; at: Position }
  | { kind: 'delete_vertex'; at: Position }
  | { kind: 'reroute'; grids: [Ref, Ref]; path: Position[] }
  | { kind: 'straighten'; grids: [Ref, Ref]; tolerance_m: number }
  | ({ kind: 'give'; grid: Ref; donors?: Ref[] } & Land)
  | ({ kind: 'carve'; community: string; donors?: Ref[]; name?: string } & Land)
  | { kind: 'allot'; community: string; shares: Share[] }
  | { kind: 'rename'; grid: Ref; name: string });
export type Kind = Operation['kind'];

export interface Step { seq: number; state: 'done' | 'undone'; name: string; at: string; actor: string; operation: Operation; grids: Ref[] }

export interface Figures {
  places: number; minutes: number; visit_minutes: number; walk_minutes: number; street_m: number; area_m2: number; compactness: number; due: number; met: number;
}
export interface GridChange { ref: Ref; code: string; name: string; before: Figures | null; after: Figures | null }
export interface HolderChange { body: string; unit: string; name: string; before: number; after: number }
export interface Moved { from: Ref | null; to: Ref | null; class: number; category: string; count: number }
export interface MovedPlace { id: string; name: string; category: string; at: Position; from: Ref | null; to: Ref | null; reason?: Bilingual }
export interface Effect {
  box: Bounds | null; ended: Ref[]; features: Collection<Grid>; borders: Collection<Border>;
  moved: { total: number; by: Moved[]; items: MovedPlace[]; more: number };
  grids: GridChange[]; holders: HolderChange[]; stability: { kept: number; total: number }; inspectors: { id: string; name: string; grids: Ref[] }[];
}

export type Rule = 'tiling' | 'one_community' | 'building_cut' | 'compound_divided' | 'even_load' | 'reachable' | 'code' | 'dates';
export interface Finding extends Bilingual {
  rule: Rule; severity: 'error' | 'warning'; grids: Ref[]; at: Position | null; area_m2: number | null;
  figure: number | null; limit: number | null; geometry: Geometry | null; place: string | null;
}
export interface Comparison {
  plan: string; with: string; stability: { kept: number; total: number };
  moved: { total: number; by: Moved[]; items: MovedPlace[]; more: number };
  grids: GridChange[]; lineage: { code: string; from: string; area_m2: number; share: number }[]; holders: HolderChange[];
}
export interface Conflict { seq: number; name: string; reason: Bilingual; grids: Ref[]; at: Position | null; box: Bounds | null }
export interface Rebase { plan: Plan; rebased: boolean; conflicts: Conflict[] }

export type Atoms = 'blocks' | 'h3-10' | 'h3-11';
export interface BalanceRequest {
  communities: string[]; among?: Ref[]; grids?: number; max_minutes?: number; atoms: Atoms;
  weights: { load: number; compact: number; stable: number; streets: number }; seed: number; seconds: number;
}
export interface Option { name: 'balanced' | 'middle' | 'stable'; deviation: number; bound: number; compactness: number; moved_share: number; operations: Operation[] }
export interface Job { id: string; kind: string; plan: string; state: 'running' | 'done' | 'cancelled' | 'failed'; progress: number; note: string; results: Option[] | null; error: string | null }

export type RefusedReason = 'crosses' | 'disconnect' | 'fixed' | 'cut' | 'zones' | 'tight' | 'nothing' | 'unknown' | 'node' | 'path';
export interface Import { report: Finding[]; operations: Operation[]; unchanged: number }
