/** A replica that cannot read what its master would send is told why, with the names of both. */
import { expect, test } from 'vitest';
import { needing, startPair } from './lib/pair.ts';

const CASES: readonly (readonly [master: string, replica: string, words: RegExp])[] = [
  ['bookworm/redis', 'bullseye/redis', /runs Redis 6\.0\.\d+ and cannot read a full copy from Redis 7\.0\.\d+/],
  ['trixie/redis', 'bookworm/redis', /runs Redis 7\.0\.\d+ and cannot read a full copy from Redis 8\.0\.\d+/],
  ['trixie/valkey', 'bookworm/redis', /runs Redis 7\.0\.\d+ and cannot read a full copy from Valkey 8\.1\.\d+/],
  ['trixie/redis', 'trixie/valkey', /runs Valkey 8\.1\.\d+ and cannot read a full copy from Redis 8\.0\.\d+/],
  ['trixie/redis', 'sid/valkey', /runs Valkey 9\.1\.\d+ and cannot read a full copy from Redis 8\.0\.\d+/],
];

for (const [master, replica, words] of CASES) {
  const { isMissing, note } = needing(master, replica);

  test.skipIf(isMissing)(`${replica} under ${master}${note}`, async () => {
    const { a, b } = await startPair({ servers: [master, replica], linked: false });
    await a.ask('SET', 'k', 'v');
    await b.ask('REPLICAOF', a.address, a.port);
    const told = await b.told('backup', a, ['--option', 'link_timeout=1s']);
    expect(told).toMatchObject({ exitCode: 6, result: 'refused', rule: 504 });
    expect(told.message).toMatch(words);
    const { stdout } = await b.runWith(['status', ...b.words(a)], a);
    expect(stdout).toMatch(words);
    expect(stdout).toContain('not in order: local follows, but is not in step: the replica runs');
  });
}

const fields = needing('sid/valkey', 'trixie/valkey');

test.skipIf(fields.isMissing)(
  `a Valkey 9 with hash fields that expire has no copy for an older replica${fields.note}`,
  async () => {
    const { a, b } = await startPair({ servers: ['sid/valkey', 'trixie/valkey'], linked: false });
    await a.ask('HSETEX', 'h', 'EX', 100, 'FIELDS', 1, 'f', 'v');
    await b.ask('REPLICAOF', a.address, a.port);
    const told = await b.told('backup', a, ['--option', 'link_timeout=1s']);
    expect(told).toMatchObject({ exitCode: 6, result: 'refused', rule: 504 });
    expect(told.message).toMatch(/runs Valkey 8\.1\.\d+, and Valkey 9\.1\.\d+ can send it a full copy only as long as/);
  },
);
