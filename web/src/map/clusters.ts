import type { ExpressionSpecification, LayerSpecification, Map as MapLibre } from 'maplibre-gl';
import palette from './palette.json';
import { font } from './style';

/** A hazard's severity from 1 to 4; of colours that heat does not have, for both are shown at once. */
export const severityColors = palette.severity;
const inkOnSeverity = (severity: number): string => (severity < 3 ? palette.text.dark : palette.text.light);

/** The picture of a cluster by its name: `cluster-3-120` is 120 hazards, the gravest of severity 3. */
export function clusterOf(name: string): { severity: number; count: number; radius: number } | undefined {
  const [, severity, count] = /^cluster-([1-4])-(\d+)$/.exec(name) ?? [];
  if (!severity || !count) return undefined;
  return { severity: Number(severity), count: Number(count), radius: 8 + 2.4 * Math.log10(Number(count)) };
}

/**
 * Draws clusters when they are first wanted. The number belongs to the circle:
 * clusters stand about 32 pixels apart, some closer, and as a label of its own
 * the number of one that lies below another would be read on top of it.
 */
export function drawClusters(map: MapLibre): void {
  map.setMissingStyleImageResolver((name) => {
    const cluster = clusterOf(name);
    if (!cluster || map.hasImage(name)) return;
    const sharp = Math.ceil(devicePixelRatio);
    const side = Math.ceil((cluster.radius + 1) * 2) * sharp;
    const canvas = document.createElement('canvas');
    canvas.width = canvas.height = side;
    const pen = canvas.getContext('2d');
    if (!pen) return;
    pen.beginPath();
    pen.arc(side / 2, side / 2, cluster.radius * sharp, 0, 2 * Math.PI);
    pen.fillStyle = severityColors[cluster.severity - 1] ?? '';
    pen.fill();
    pen.lineWidth = 1.5 * sharp;
    pen.strokeStyle = '#ffffff';
    pen.stroke();
    pen.font = `${11 * sharp}px ${font.map((f) => `"${f}"`).join()}`;
    pen.textAlign = 'center';
    pen.textBaseline = 'middle';
    pen.fillStyle = inkOnSeverity(cluster.severity);
    pen.fillText(String(cluster.count), side / 2, side / 2 + 0.5 * sharp);
    map.addImage(name, pen.getImageData(0, 0, side, side), { pixelRatio: sharp });
  });
}

/** Hazards: clusters with their number, in the colour of the gravest, larger over smaller; those that stand alone as dots. */
export function hazardLayers(): LayerSpecification[] {
  const common = { source: 'hazards', 'source-layer': 'hazards' };
  const [mild = '', ...graver] = severityColors;
  const color = ['step', ['get', 'max_severity'], mild, ...graver.flatMap((c, i) => [i + 2, c])] as unknown as ExpressionSpecification;
  const many: ExpressionSpecification = ['>', ['get', 'count'], 1];
  return [
    { ...common, id: 'hazard-point', type: 'circle', filter: ['!', many], layout: { 'circle-sort-key': ['get', 'max_severity'] }, paint: { 'circle-color': color, 'circle-radius': ['interpolate', ['linear'], ['zoom'], 10, 4, 16, 7], 'circle-stroke-color': '#ffffff', 'circle-stroke-width': 1.5 } } as LayerSpecification,
    { ...common, id: 'hazard-cluster', type: 'symbol', filter: many, layout: { 'icon-image': ['concat', 'cluster-', ['get', 'max_severity'], '-', ['get', 'count']], 'icon-allow-overlap': true, 'icon-ignore-placement': true, 'symbol-sort-key': ['get', 'count'] } } as LayerSpecification,
  ];
}
