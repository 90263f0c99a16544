import type { EvidenceVisit, Finding, LonLat } from './types';

/** What stands on the map to show why: lines from places to where a visit was reported from, and the way that somebody went. */
export interface Drawing {
  places: LonLat[];
  lines: [place: LonLat, position: LonLat][];
  track: LonLat[];
  points: { at: LonLat; hit: boolean; label: string }[];
  /** Many lines: they say enough, and marks are small. */
  dense: boolean;
}

const many = 20;

const clock = (at: string): string => new Date(at).toLocaleTimeString('sv-SE', { timeZone: 'Asia/Shanghai', hour: '2-digit', minute: '2-digit' });

export function drawFinding(f: Pick<Finding, 'track' | 'lines'>): Drawing {
  const dense = f.lines.length > many;
  const track = (dense ? [] : [...f.track]).sort((a, b) => Date.parse(a.at) - Date.parse(b.at));
  const drawn = new Set(track.map((p) => p.inspection));
  return {
    dense,
    places: f.lines.map((l) => l.place),
    lines: f.lines.map((l) => [l.place, l.position]),
    track: track.map((p) => p.position),
    points: [
      ...track.map((p) => ({ at: p.position, hit: p.hit, label: clock(p.at) })),
      ...f.lines.filter((l) => !drawn.has(l.inspection)).map((l) => ({ at: l.position, hit: true, label: '' })),
    ],
  };
}

/** One visit: its place and, where it told one, its position. */
export function drawVisit(v: Pick<EvidenceVisit, 'place'> & { inspection: Pick<EvidenceVisit['inspection'], 'at' | 'lon' | 'lat'> }): Drawing {
  const place: LonLat = [v.place.lon, v.place.lat];
  const { lon, lat, at } = v.inspection;
  const position: LonLat | undefined = lon !== null && lat !== null ? [lon, lat] : undefined;
  return { dense: false, places: [place], lines: position ? [[place, position]] : [], track: [], points: position ? [{ at: position, hit: true, label: clock(at) }] : [] };
}

/** West, south, east, north of everything that is drawn; undefined for nothing. */
export function boundsOf(d: Drawing): [number, number, number, number] | undefined {
  const all = [...d.places, ...d.track, ...d.points.map((p) => p.at)];
  const [first] = all;
  if (!first) return undefined;
  return all.reduce<[number, number, number, number]>((b, [x, y]) => [Math.min(b[0], x), Math.min(b[1], y), Math.max(b[2], x), Math.max(b[3], y)], [...first, ...first]);
}
