import { settings } from './state.svelte';

const locale = () => (settings.language === 'zh' ? 'zh-CN' : 'en-GB');

export const number = (n: number, digits = 0): string => n.toLocaleString(locale(), { minimumFractionDigits: digits, maximumFractionDigits: digits });
export const percentage = (share: number, digits = 1): string => `${number(share * 100, digits)}%`;
export const signed = (n: number, digits = 0): string => (n > 0 ? `+${number(n, digits)}` : number(n, digits).replace('-', '−'));
/** A moment in the district's time, written like its dates: 2026-11-26 00:23. */
export const moment = (at: string): string => new Date(at).toLocaleString('sv-SE', { timeZone: 'Asia/Shanghai', dateStyle: 'short', timeStyle: 'short' });
