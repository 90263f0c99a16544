import { settings } from '../../lib/state.svelte';
import { en } from './en';
import { zh, type CoverageTexts } from './zh';

/** The texts of coverage in the language of the screen. */
export const texts = (): CoverageTexts => (settings.language === 'zh' ? zh : en);

/** A text of a catalogue by a key that the service gives; its word for others without one. */
export function named<K extends string>(catalogue: Readonly<Record<K, string>>, key: string, without: string = key): string {
  return Object.hasOwn(catalogue, key) ? catalogue[key as K] : without;
}
