/** Faults in the files of a pair, one at a time: which finding names it, at which line, with which fix. And what is right says nothing. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { DOCTOR } from '../../../src/core/doctor/doctor.ts';
import { root } from '../../lib/sources.ts';
import type { Files } from './doctor-files.ts';
import { FAULTS, K, MORE, R } from './doctor-faults.ts';
import { changed, findingsIn, lineOf, OWN, PEER } from './doctor-files.ts';

/** What is said of that: the lines, and the fixes. */
const toldOf = async (own: Files, peer: Files | undefined, id: string): Promise<readonly string[]> => {
  const found = (await findingsIn(own, peer)).filter((one) => one.id === id && one.host === 'own');
  return [found.map((one) => lineOf(own, one)).join('\n'), found.map((one) => one.fix).join('\n')];
};

test('a pair that is right has nothing wrong, no risk and no note', async () => {
  expect(await findingsIn(OWN, PEER)).toEqual([]);
});

describe('one change is found, at its line, with its fix', () => {
  test.each(FAULTS)('%s in %s: %s', async (id, name, old, by, line, fix) => {
    expect(await toldOf(changed(OWN, name, old, by), PEER, id)).toEqual([
      expect.stringContaining(line),
      expect.stringMatching(fix),
    ]);
  });

  test.each(MORE)('%s', async (id, own, peer, line, fix) => {
    expect(await toldOf(own, peer, id)).toEqual([expect.stringContaining(line), expect.stringMatching(fix)]);
  });

  test('each row about files is in one of the two tables', () => {
    const told = new Set([...FAULTS, ...MORE].map(([id]) => id));
    const ofFiles = DOCTOR.filter(({ title }) => / of (?:either|both) hosts?/.test(title)).flatMap(({ rows }) => rows);
    expect(ofFiles.map(({ id }) => id).filter((id) => !told.has(id))).toEqual([]);
  });

  test('a fault of the other host is told as its own', async () => {
    const peer = changed(PEER, R, 'masterauth secret\n', '');
    const found = await findingsIn(OWN, peer);
    expect(found.map(({ id, host, at }) => [id, host, at?.file, at?.line])).toEqual([
      ['masterauth-missing', 'peer', '/peer/redis.conf', 3],
    ]);
  });
});

const read = (name: string): Files => ({ [K]: readFileSync(join(root, 'test/fixtures/article', name), 'utf8') });

describe('the files of the article', () => {
  test('have these oddities, and no other', async () => {
    const [own, peer] = [read('master.conf'), read('backup.conf')];
    const found = (await findingsIn(own, peer)).filter(({ host }) => host === 'own');
    expect(found.map((one) => `${one.severity} ${one.id}: ${lineOf(own, one)}`)).toEqual([
      'wrong writes-to-replica: virtual_server 192.168.72.115 6379 {',
      'risk unknown-word: nat_mask 255.255.255.0',
      'risk unknown-word: nb_get_retry 3',
      'risk unknown-word: nb_get_retry 3',
      'note sorry-server-no-redis: sorry_server 127.0.0.1 80',
      'note sample-mail: acassen@firewall.loc',
      'note sample-mail: smtp_server 128.0.0.1',
      `note script-user-not-said: ${K}`,
    ]);
  });
});
