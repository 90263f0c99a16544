import { settings } from '../../lib/state.svelte';
import { en } from './en';
import { zh, type EditorTexts } from './zh';
export { moment, number, percentage, signed } from '../../lib/format';

/** The editor's texts in the language of the screen. */
export const texts = (): EditorTexts => (settings.language === 'zh' ? zh : en);
