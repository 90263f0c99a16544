import { formatRoute, parseRoute, type Route } from './route';
import './state.svelte'; // takes a token out of the fragment first

/** The address bar's fragment as state. */
class Router {
  private hash = $state(location.hash);
  readonly route = $derived(parseRoute(this.hash));

  constructor() {
    addEventListener('hashchange', () => (this.hash = location.hash));
    addEventListener('popstate', () => (this.hash = location.hash));
  }

  private address(route: Route): string {
    return location.pathname + location.search + formatRoute(route);
  }

  /** Goes to a route; the way back is kept. */
  go(route: Route): void {
    history.pushState(null, '', this.address(route));
    this.hash = formatRoute(route);
  }

  /** Says anew where we are, without a way back. */
  replace(route: Route): void {
    if (formatRoute(route) === this.hash) return;
    history.replaceState(null, '', this.address(route));
    this.hash = formatRoute(route);
  }
}

export const router = new Router();
