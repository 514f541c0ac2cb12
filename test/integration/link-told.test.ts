/**
 * What each server says of a replica whose link is not up, and what follows from it: whether its master has restarted without
 * what it holds, or somebody has told it to follow. `src/core/restart.ts` rests on this table.
 */
import { rmSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { wouldWipe } from '../../src/core/restart.ts';
import { isSince } from '../lib/server.ts';
import { waitFor } from '../lib/wait.ts';
import type { TestNode } from './lib/node.ts';
import { startPair } from './lib/pair.ts';
import { viewOf } from './lib/plain-connection.ts';
import { follow, NOBODY } from './lib/troubles.ts';

const SECRET = 'sesame';
/** On 6.0 a copy goes by way of the disk by default, and waits for nothing. */
const DISKLESS = 'repl-diskless-sync yes';

const syncsAfter = (node: TestNode, seconds: number): Promise<unknown> =>
  node.ask('CONFIG', 'SET', 'repl-diskless-sync-delay', seconds);

const restartsEmpty = async (node: TestNode): Promise<void> => {
  rmSync(join(node.dir, 'redis', 'dump.rdb'), { force: true });
  await node.redis.start([...node.lines, 'repl-diskless-sync-delay 30']);
  await node.ask('SET', 'new', '1');
};

type Says = readonly [phase: string, link: 'up' | 'never up' | 'down', follows: 'told' | 'as configured' | 'unasked'];

const says = async (phase: string, node: TestNode): Promise<Says> => {
  const { upstream } = await viewOf(node, SECRET);
  if (upstream === undefined) throw new Error(`${phase}: ${node.name} is no replica`);
  const { linkUp, linkDownSeconds, isTold } = upstream;
  const link = linkUp ? 'up' : linkDownSeconds < 0 ? 'never up' : 'down';
  return [phase, link, isTold === undefined ? 'unasked' : isTold ? 'told' : 'as configured'];
};

/** The master has begun to answer the replica's request for a copy, and waits before it makes one. */
const waitsForCopy = (master: TestNode): Promise<unknown> =>
  waitFor(
    `a replica that waits for its copy`,
    { deadlineMs: 10_000 },
    async () => (await master.redis.info('replication')).get('slave0') ?? '',
    (line) => line.includes('state=wait_bgsave'),
  );

test('a replica tells a link that was lost from one that was never up, and a command from its configuration', async () => {
  const { a, b } = await startPair({ linked: false, password: SECRET, lines: [DISKLESS] });
  const told: Says[] = [];
  const wipes: Record<string, boolean> = {};
  const note = async (phase: string): Promise<void> => void told.push(await says(phase, b));
  const noteWipe = async (phase: string): Promise<void> => {
    await note(phase);
    wipes[phase] = wouldWipe(await viewOf(a, SECRET), await viewOf(b, SECRET));
  };

  await b.ask('SET', 'own', '1');
  await follow(b, ...NOBODY);
  await note('follows nobody');
  await b.ask('CONFIG', 'SET', 'masterauth', '');
  await follow(b, a.address, a.port);
  await noteWipe('is not let in');
  await b.ask('CONFIG', 'SET', 'masterauth', SECRET);
  await syncsAfter(a, 30);
  await waitsForCopy(a);
  await noteWipe('waits for its first copy');
  await syncsAfter(a, 0);
  await b.follows(a);
  await note('in step');
  a.redis.freeze();
  await note('its master is frozen');
  a.redis.thaw();
  await b.follows(a);
  await a.ask('SET', 'k', '1');
  await b.follows(a);
  await a.redis.kill();
  await waitFor(
    'the end of the link',
    { deadlineMs: 20_000 },
    async () => (await b.redis.view()).linkUp,
    (up) => !up,
  );
  await note('lost its master');
  await restartsEmpty(a);
  await waitsForCopy(a);
  await noteWipe('its master restarted without its data');
  await b.ask('REPLICAOF', 'NO', 'ONE');
  await b.ask('SET', 'more', '1');
  await follow(b, a.address, a.port);
  await waitsForCopy(a);
  await noteWipe('led meanwhile, and was told to follow');
  await b.ask('REPLICAOF', 'NO', 'ONE');
  await b.ask('SAVE');
  await a.redis.kill();
  await b.redis.kill();
  await b.redis.start([...b.lines, `replicaof ${a.address} ${String(a.port)}`]);
  await note('restarted as a replica, and its master is dead');
  await restartsEmpty(a);
  await waitsForCopy(a);
  await noteWipe('the same, and its master restarted without its data');

  // Before 6.2 REPLICAOF NO ONE leaves the time at which the link was lost.
  const isReset = isSince(b.redis.server, [6, 2]);
  expect(told).toEqual([
    ['follows nobody', 'never up', 'told'],
    ['is not let in', 'never up', 'told'],
    ['waits for its first copy', 'never up', 'told'],
    ['in step', 'up', 'unasked'],
    ['its master is frozen', 'up', 'unasked'],
    ['lost its master', 'down', 'told'],
    ['its master restarted without its data', 'down', 'told'],
    ['led meanwhile, and was told to follow', isReset ? 'never up' : 'down', 'told'],
    ['restarted as a replica, and its master is dead', 'never up', 'as configured'],
    ['the same, and its master restarted without its data', 'never up', 'as configured'],
  ]);
  expect(wipes).toEqual({
    'is not let in': false,
    'waits for its first copy': false,
    'its master restarted without its data': true,
    'led meanwhile, and was told to follow': !isReset,
    'the same, and its master restarted without its data': true,
  });
});
