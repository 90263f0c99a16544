import { describe, expect, it } from 'vitest';
import { en as coverageEn } from '../coverage/i18n/en';
import { zh as coverageZh } from '../coverage/i18n/zh';
import { en as editorEn } from '../editor/i18n/en';
import { zh as editorZh } from '../editor/i18n/zh';
import { en } from './en';
import { zh } from './zh';

/** Every text of a catalogue by its path; functions are called with what they can take. */
function texts(node: unknown, path = ''): [string, string][] {
  if (typeof node === 'string') return [[path, node]];
  if (typeof node === 'function') return [[path, String((node as (...args: unknown[]) => unknown)(3, '2026-01-01'))]];
  return Object.entries(node as object).flatMap(([key, value]) => texts(value, path ? `${path}.${key}` : key));
}

describe.each([['console', zh, en], ['editor', editorZh, editorEn], ['coverage', coverageZh, coverageEn]] as const)('the %s in two languages', (_, chinese, english) => {
  const [z, e] = [texts(chinese), texts(english)];
  it('has the same texts', () => expect(e.map(([key]) => key).sort()).toEqual(z.map(([key]) => key).sort()));
  it('leaves none empty', () => expect([...z, ...e].filter(([, text]) => text.trim() === '').map(([key]) => key)).toEqual([]));
  it('has no Chinese in English', () => expect(e.filter(([key, text]) => key !== 'language' && /[\u4e00-\u9fff]/.test(text))).toEqual([]));
  it('has Chinese in Chinese', () => expect(z.filter(([key, text]) => key !== 'language' && !/[\u4e00-\u9fff]/.test(text)).map(([key]) => key)).toEqual([]));
});
