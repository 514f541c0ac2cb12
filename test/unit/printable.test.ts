/** Text from elsewhere, as a screen, a log and a file get it. */
import { describe, expect, test } from 'vitest';
import { escaped, printable } from '../../src/printable.ts';

describe('lines for a screen, a log and a file', () => {
  test.each([
    ['plain lines stay', 'one\n\ttwo', 'one\n\ttwo'],
    ['words of any language stay', 'clé, 键, ключ, 🔑', 'clé, 键, ключ, 🔑'],
    ['a colour stays', '\u001b[1;31mred\u001b[0m', '\u001b[1;31mred\u001b[0m'],
    ['what moves the cursor', 'a\u001b[2Jb\u001b]0;title\u0007c', String.raw`a\u001b[2Jb\u001b]0;title\u0007c`],
    ['C0, DEL and C1', 'a\rb\u007fc\u009bd', String.raw`a\u000db\u007fc\u009bd`],
    ['what turns a line around', 'a\u202eb\u2066c', String.raw`a\u202eb\u2066c`],
    ['other line ends', 'a\u2028b\u2029c', String.raw`a\u2028b\u2029c`],
    ['half a character, and one of two halves', 'a\ud83dz\u{e0001}', String.raw`a\ud83dz\udb40\udc01`],
  ])('%s', (_name, lines, shown) => {
    expect(escaped(lines, true)).toBe(shown);
    expect(escaped(escaped(lines, true), true)).toBe(shown);
  });

  test('have no colour but where one is wanted', () => {
    expect(escaped('\u001b[8mhidden\u001b[0m')).toBe(String.raw`\u001b[8mhidden\u001b[0m`);
    expect(escaped('\u0001[8m', true)).toBe(String.raw`\u0001[8m`);
  });

  test('say the same as before where they are JSON', () => {
    const value = { key: 'a\u001b\u007f\u009b\u202e\u2028\ufeff\u{e0001}🔑' };
    const shown = escaped(JSON.stringify(value));
    expect(shown).not.toMatch(/[\p{Cc}\p{Cf}\p{Zl}\p{Zp}]/u);
    expect(JSON.parse(shown)).toEqual(value);
  });

  test('are one line where one is wanted', () => {
    expect(printable('a\nb\tc\u202e')).toBe('a?b?c?');
  });
});
