/** Somebody answers at the port of a Redis and is none, or says more than a Redis says: nobody believes it, and nobody falls. */
import { describe, expect, test } from 'vitest';
import { LINE_BYTES_MAX } from '../../src/redis/wire/protocol.ts';
import { REPLY_LIMITS } from '../../src/redis/wire/reply-reader.ts';
import { waitFor } from '../lib/wait.ts';
import { answering, type Fake, openFake } from './lib/fake-server.ts';
import type { TestNode } from './lib/node.ts';
import { startPair } from './lib/pair.ts';
import { startFit } from './lib/resident.ts';
import { logged, says, UNFIT } from './lib/told.ts';

const bulk = (text: string): string => `$${String(text.length)}\r\n${text}\r\n`;

/** What is said, and the reason that the check gives. */
const SAYINGS: Readonly<Record<string, readonly [said: string, why: string]>> = {
  'OK to everything': ['+OK\r\n', 'its INFO has no redis_version'],
  'a version and no more': [bulk('redis_version:7.0.15\r\n'), 'its INFO has no run_id'],
  'no role': [
    bulk(`redis_version:7.0.15\r\nrun_id:${'a'.repeat(40)}\r\nmaster_repl_offset:1\r\n`),
    'its INFO has no role',
  ],
  'a string beyond the limit': [
    `$${String(REPLY_LIMITS.bytesMax + 1)}\r\n# Server`,
    'a reply is larger than 4194304 bytes',
  ],
  'an array beyond the limit': [`*${String(REPLY_LIMITS.itemsMax + 1)}\r\n:1\r\n`, 'a reply has more than 65536 items'],
  'a line beyond the limit': [`+${'x'.repeat(LINE_BYTES_MAX)}`, 'a line is longer than 65536 bytes'],
  RESP3: ['%1\r\n+role\r\n+master\r\n', 'what begins with "%" is nothing that a Redis sends'],
  'words that are not meant for people': ['-ERR \u001b[31m\u0007no\r\n', 'ERR ?[31m?no'],
};

/** The peer of a, which runs with ten keys; b's own Redis is not there. */
const peerSaying = async (
  said: string,
): Promise<{
  readonly a: TestNode;
  readonly b: TestNode;
  readonly peer: Fake;
  readonly env: Record<string, string>;
}> => {
  const { a, b } = await startPair();
  await b.redis.kill();
  const peer = await openFake(answering(said), b.address, b.port);
  return { a, b, peer, env: { REDISHA_PEER: b.address } };
};

describe.each(Object.entries(SAYINGS))('%s', (_name, [said, why]) => {
  test('said by the peer leaves this node fit, and is no second master', async () => {
    const { a, peer, env } = await peerSaying(said);
    const verdict = await a.check(env);
    expect(verdict).toMatchObject({ code: 0, fit: true, rule: 38 });
    expect(verdict.heal).toBeUndefined();
    expect(verdict.why).toMatch(/^master, 10 keys/);
    expect(peer.visits()).toBeGreaterThan(0);
  });

  test('said by the local server is unfit, or a server that is busy', async () => {
    const { a } = await startPair({ linked: false });
    await a.redis.kill();
    await openFake(answering(said), a.address, a.port);
    const verdict = await a.check();
    expect(verdict).toMatchObject(said.startsWith('-') ? { rule: 12 } : { code: 1, fit: false, rule: 10 });
    expect(verdict.why).toContain(`(${why})`);
    expect(a.log).not.toMatch(/[^ -~\n]/);
  });
});

describe('the resident', () => {
  test.each(Object.entries(SAYINGS))('goes on beside a peer that says %s', async (_name, [said]) => {
    const { a, b, peer } = await peerSaying(said);
    const resident = await startFit(a, b);
    const before = peer.asked();
    await waitFor('more looks at the peer', { deadlineMs: 10_000, everyMs: 20 }, peer.asked, (now) => now > before + 3);
    await a.redis.kill();
    await says(resident.file, UNFIT);
    await logged(a, 'unfit', 'refuses connections');
    expect(a.log).not.toContain('two masters');
  });
});

test('a replica of a port that cannot be is judged as one whose master does not answer', async () => {
  const { a } = await startPair({ linked: false });
  await a.redis.kill();
  const [run, history, none] = ['a'.repeat(40), 'b'.repeat(40), '0'.repeat(40)];
  const lines = [
    `redis_version:6.0.16\r\nrun_id:${run}\r\nuptime_in_seconds:9\r\nrole:slave`,
    'master_host:\u001b[31mhost\nname\r\nmaster_port:99999\r\nmaster_link_status:up\r\nmaster_sync_in_progress:0',
    `master_replid:${history}\r\nmaster_replid2:${none}\r\nmaster_repl_offset:12\r\ndb0:keys=3`,
  ];
  await openFake(answering(bulk(lines.join('\r\n'))), a.address, a.port);
  const done = await a.runWith(['check', '--for', 'read', a.address, String(a.port)], a);
  expect(done).toMatchObject({ code: 0, stderr: '', stdout: expect.stringContaining('?[31mhost?name:0') as string });
});

test('master does not take somebody who says OK for a second master', async () => {
  const { a, b } = await startPair({ toml: ['frozen_timeout = "300ms"'] });
  await b.redis.kill();
  await openFake(answering('+OK\r\n'), b.address, b.port);
  expect(await a.told('master', b)).toMatchObject({ exitCode: 0, situation: 'LocalMasterPeerSilent' });
});
