/** What keepalived.conf says about a pair. */
import { expect, test } from 'vitest';
import { generateKeepalivedConf } from '../../../src/keepalived/generate.ts';
import { hasteDirectoryIn } from '../../../src/world/notes.ts';
import { blueprint } from '../keepalived/pair.ts';
import { temporaryFile } from '../temporary.ts';

const WITH_RESIDENT = generateKeepalivedConf(blueprint(), 0);

test.each([
  ['the resident tells it, and the address stays where it is', WITH_RESIDENT, '/run/redisha'],
  [
    'the address goes to who has more priority, while the role is still at the other node',
    WITH_RESIDENT.replaceAll(/^\s*nopreempt$/gm, ''),
    undefined,
  ],
  ['a check tells it', generateKeepalivedConf(blueprint({ profile: 'article' }), 0), undefined],
])('where a promote hastens keepalived: %s', (_name, text, expected) => {
  const file = temporaryFile('keepalived.conf', text);
  expect(hasteDirectoryIn(file, { local: '127.0.0.1', peer: '10.0.0.2', port: 6379 })).toBe(expected);
});
