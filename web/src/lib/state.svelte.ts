import { Client } from '../api/client';
import type { Bilingual, Category, District, HazardType, Layer, Session, Unit } from '../api/types';
import { en } from '../i18n/en';
import { zh, type Texts } from '../i18n/zh';

export type Language = 'zh' | 'en';

const tokenKey = 'gridward-token';
const languageKey = 'gridward-language';

/** A token in the address's fragment is taken and removed from the address bar. */
function initialToken(): string {
  const match = /[#&]token=([^&]+)/.exec(location.hash);
  if (match?.[1]) {
    sessionStorage.setItem(tokenKey, match[1]);
    history.replaceState(null, '', location.pathname + location.search);
  }
  return sessionStorage.getItem(tokenKey) ?? '';
}

/** What the service says of itself, read once after signing in. */
export interface World {
  client: Client;
  session: Session;
  district: District;
  layers: Layer[];
  categories: Map<string, Category>;
  hazardTypes: HazardType[];
  units: Map<string, Unit>;
  /** The unit that all of the account's lie in; empty for an account of several. */
  root: string;
}

class Settings {
  language = $state<Language>((localStorage.getItem(languageKey) as Language | null) ?? 'zh');
  token = $state(initialToken());

  get t(): Texts {
    return this.language === 'zh' ? zh : en;
  }

  /** A text of the service in the language of the screen. */
  say(text: Bilingual | undefined): string {
    return text ? text[this.language] || text.zh : '';
  }

  switchLanguage(): void {
    this.language = this.language === 'zh' ? 'en' : 'zh';
    localStorage.setItem(languageKey, this.language);
    document.documentElement.lang = this.language === 'zh' ? 'zh-CN' : 'en';
  }

  signIn(token: string): void {
    sessionStorage.setItem(tokenKey, token);
    this.token = token;
  }

  signOut(): void {
    sessionStorage.removeItem(tokenKey);
    this.token = '';
  }
}

export const settings = new Settings();

export async function loadWorld(token: string): Promise<World> {
  const client = new Client(token);
  const session = await client.get<Session>('/api/session');
  const [district, layers, categories, hazardTypes, units] = await Promise.all([
    client.get<District>('/api/district'),
    client.list<Layer>('/api/layers'),
    client.list<Category>('/api/categories'),
    client.list<HazardType>('/api/hazard-types'),
    client.list<Unit>('/api/units'),
  ]);
  return { client, session, district, layers, hazardTypes, categories: new Map(categories.map((c) => [c.category, c])), units: new Map(units.map((u) => [u.code, u])), root: session.units.length === 1 ? (session.units[0] ?? '') : '' };
}
