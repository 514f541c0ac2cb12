/** Words of a server, as they may be shown and written down. */
import { describe, expect, test } from 'vitest';
import { cleaned } from '../../../src/redis/cleaned.ts';
import { failureOfReply, failureOfSocket } from '../../../src/redis/failure.ts';

describe('words of a server', () => {
  test.each([
    ['plain words stay', 'ERR no such key', 'ERR no such key'],
    ['words of any language stay', 'clé, 键, ключ, 🔑', 'clé, 键, ключ, 🔑'],
    ['C0 controls and line ends', 'a\u0000b\u001b[31mc\r\nd\te', 'a?b?[31mc??d?e'],
    ['DEL and C1 controls', 'a\u007fb\u009bc\u0085d', 'a?b?c?d'],
    ['what turns a line around', 'a\u202eb\u2066c\u200fd\u061ce', 'a?b?c?d?e'],
    ['what nobody sees', 'a\u200bb\ufeffc\u00add', 'a?b?c?d'],
    ['other line ends', 'a\u2028b\u2029c', 'a?b?c'],
    ['half a character', 'a\ud83dz', 'a?z'],
  ])('%s', (_name, words, shown) => {
    expect(cleaned(words)).toBe(shown);
    expect(cleaned(cleaned(words))).toBe(shown);
  });

  test('are cut after 200 characters, and never in the middle of one', () => {
    expect(cleaned('x'.repeat(200))).toBe('x'.repeat(200));
    expect(cleaned('x'.repeat(201))).toBe(`${'x'.repeat(199)}…`);
    expect(cleaned(`${'x'.repeat(198)}🔑🔑`)).toBe(`${'x'.repeat(198)}?…`);
  });

  test('are clean in every failure, wherever it comes from', () => {
    expect(failureOfReply('ERR \u001b[2J\nok').message).toBe('ERR ?[2J?ok');
    expect(failureOfReply(`NOAUTH ${'x'.repeat(1000)}`).message).toHaveLength(200);
    const untrusted = Object.assign(new Error('altnames: DNS:\u001b[1m'), { code: 'ERR_TLS_CERT_ALTNAME_INVALID' });
    expect(failureOfSocket(untrusted).message).toBe('altnames: DNS:?[1m');
  });

  test('the arguments of a command that is not known are not among them', () => {
    const words = "ERR unknown command 'AUTH-4711', with args beginning with: 'ha' 'geheim'";
    expect(failureOfReply(words).message).toBe("ERR unknown command 'AUTH-4711'");
  });
});
