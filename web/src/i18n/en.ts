import type { Texts } from './zh';

export const en: Texts = {
  editor: 'Edit grids', title: 'Gridward', subtitle: 'Grassroots fire-safety governance',
  signIn: 'Sign in', token: 'Access token', tokenHint: 'Paste a token. The demo token is kept in .gridward/demo-token.', signOut: 'Sign out', badToken: 'The token is not valid or has expired', retry: 'Try again', failed: 'Could not be read',
  layers: 'Layers', base: 'Base map', objects: 'Places', coverage: 'Coverage', heat: 'Hazard heat', search: 'Search a name or address', noResult: 'Nothing found',
  period: 'Period', class: 'Class', allClasses: 'All classes', unit: 'Unit', total: 'Due', met: 'Met', unmet: 'Unmet', rate: 'Rate', gap: 'Longest gap', days: 'd', complete: 'Complete', noneDue: 'None due', up: 'Back up',
  hazardTypes: 'Hazard type', allTypes: 'All types', severity: 'Least severity', since: 'Time', last30: 'Last 30 days', last90: 'Last 90 days', anyTime: 'Any time', low: 'low', high: 'high',
  close: 'Close', grid: 'Grid', holders: 'Who answers', obligations: 'Duties, and why', attributes: 'Facts', inspections: 'Recent inspections', hazards: 'Hazards', address: 'Address', town: 'Town', park: 'Park', community: 'Community', risk: 'Risk', due: 'due', nearest: 'nearest visit', category: 'Category', none: 'none', yes: 'yes', no: 'no',
  unmetList: 'Not met', more: 'More', synthetic: 'Synthetic demo data', dataDate: 'As of', policy: 'Policy', role: 'Role', language: '中文', panel: 'Panel', map: 'Map', loading: 'Loading…', hexagon: 'hazards', showPlaces: 'Zoom in for single places', parkRow: 'park: class III', allUnits: 'Your units', per100: 'Per 100 places', hazardsPer100: 'Hazards per 100 places', placesThere: 'places', hazardPoints: 'Hazards as points', hazardColors: 'A circle says how many; its colour is the gravest severity. Zoom in for single hazards', grade: 'severity',
  state: { met: 'met', attempted: 'attempted', open: 'open', overdue: 'overdue', excused: 'excused', disputed: 'disputed', not_due: 'not due' },
  body: { community: 'community fire staff', town_patrol: 'town patrol', office: 'fire-safety office' },
  outcome: { done: 'done', no_access: 'no access', refused: 'refused', not_found: 'not found' },
  reason: { inside: 'wholly inside the grid', on_border: 'on a border: the lower code has it', largest_share: 'holds the largest share', equal_shares: 'equal shares: the lower code has it' },
  hazardState: { discovered: 'discovered', filed: 'filed', dispatched: 'dispatched', handled: 'handled', verified: 'verified', closed: 'closed' },
};
