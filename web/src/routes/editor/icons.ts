import type { ToolId } from '../../editor/store.svelte';

export type IconName = ToolId | 'merge' | 'straighten' | 'rename' | 'undo' | 'redo' | 'snap' | 'compare' | 'balance';

/** Strokes of the tools' icons in a box of 20. */
export const icons: Record<IconName, string> = {
  select: 'M5 3l11 7-5 1.4L8.6 16z',
  split: 'M3 4h14v12H3zM6 18.5L14 1.5',
  merge: 'M3 5h6v10H3zM11 5h6v10h-6zM7 10h6M10.5 7.5L13 10l-2.5 2.5',
  borders: 'M3 15l5-9 9 4M8 6m-2 0a2 2 0 1 0 4 0a2 2 0 1 0-4 0M15 10m-2 0a2 2 0 1 0 4 0a2 2 0 1 0-4 0',
  hexagons: 'M10 2.5l6.5 3.75v7.5L10 17.5l-6.5-3.75v-7.5zM10 7l2.6 1.5v3L10 13l-2.6-1.5v-3z',
  blocks: 'M3 3h6v6H3zM12 3h5v6h-5zM3 12h6v5H3zM12 12h5v5h-5z',
  lasso: 'M10 4c4.4 0 7.5 1.9 7.5 4.6S14.4 13 10 13 2.5 11.300 2.500 8.600 5.600 4 10 4zM6 12.500c-1.500 1-1.500 3 .5 3s2 2-.5 2.500',
  reroute: 'M4 17V9h6V4h7M14 1.500L17 4l-3 2.500',
  straighten: 'M3 15l3-5 3 3 4-7M3 17L17 3',
  rename: 'M4 16l1-4 8.500-8.500 3 3L8 15zM3 18h14',
  undo: 'M7 4L3 8l4 4M3.500 8H12a4.500 4.500 0 0 1 0 9H8',
  redo: 'M13 4l4 4-4 4M16.500 8H8a4.500 4.500 0 0 0 0 9h4',
  snap: 'M5 3v7a5 5 0 0 0 10 0V3M5 6.500h3M12 6.500h3M8 3v7a2 2 0 0 0 4 0V3M5 3h3M12 3h3',
  compare: 'M10 2v16M3 5h5v10H3zM12 5h5v10h-5z',
  balance: 'M10 3v14M6 17h8M4 6h12M4 6l-2 5h4zM16 6l-2 5h4z',
};
