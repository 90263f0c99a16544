/** The key of each tool; letters that a hand finds without looking. */
export const keys = { select: 'V', split: 'S', borders: 'B', hexagons: 'H', blocks: 'K', lasso: 'L', reroute: 'R', merge: 'M', straighten: 'T', rename: 'N', snap: 'Q' } as const;
export type Keyed = keyof typeof keys;

const byKey = new Map<string, Keyed>(Object.entries(keys).map(([name, key]) => [key.toLowerCase(), name as Keyed]));

export type Meaning = { what: 'tool'; tool: Keyed } | { what: 'undo' | 'redo' | 'cancel' | 'finish' | 'press' | 'erase' };

interface Stroke { key: string; ctrlKey: boolean; metaKey: boolean; shiftKey: boolean; altKey: boolean }

/** What a key means while no text is being typed. */
export function meaning(e: Stroke): Meaning | undefined {
  const key = e.key.toLowerCase();
  if (e.altKey) return undefined;
  if (e.ctrlKey || e.metaKey) {
    if (key === 'z') return { what: e.shiftKey ? 'redo' : 'undo' };
    return key === 'y' ? { what: 'redo' } : undefined;
  }
  if (key === 'escape') return { what: 'cancel' };
  if (key === 'enter') return { what: 'finish' };
  if (key === ' ') return { what: 'press' };
  if (key === 'delete' || key === 'backspace') return { what: 'erase' };
  const tool = byKey.get(key);
  return tool && { what: 'tool', tool };
}
