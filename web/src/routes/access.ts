import type { World } from '../lib/state.svelte';

type Known = Pick<World, 'session'>;

/** Who may redraw grids. The service has the last word; this only spares a click that would be refused. */
export const mayDraw = ({ session }: Known): boolean => session.role === 'planner' || session.role === 'admin';
/** Who may look at evidence and say whether a visit counts. */
export const mayReview = (world: Known): boolean => mayDraw(world) || world.session.role === 'auditor';
