/**
 * A pair is upgraded while clients write, in more than ten ways, and in those that only the newer server knows as soon as it
 * leads: the replica first, then `drain` of the other node, or `promote` on the replica; then the other one, which starts on the data
 * that it has.
 *
 * No acknowledged write is lost on the way, and going back to the older node is refused as soon as it would lose one.
 * `REDISHA_TEST_LOAD=100000` for longer steps by hand: so many writes are acknowledged in each.
 */
import { expect, onTestFinished, test } from 'vitest';
import { fetchedServer } from '../lib/server.ts';
import { waitFor } from '../lib/wait.ts';
import { KINDS, KindsWriter, missingKinds } from './lib/kinds.ts';
import type { TestNode } from './lib/node.ts';
import { needing, startPair } from './lib/pair.ts';

const WRITES_PER_S = 1_000;
const LOAD = Number(process.env['REDISHA_TEST_LOAD'] ?? 2_000);

const CHAINS: readonly (readonly [title: string, first: string, ...servers: string[]])[] = [
  ['Redis 6.0, 7.0, 8.0', 'bullseye/redis', 'bookworm/redis', 'trixie/redis'],
  ['Redis 7.0, Valkey 8.1, 9.1', 'bookworm/redis', 'trixie/valkey', 'sid/valkey'],
];

/** Stopped as a service manager does, and started as another server on the same data, following the other node. */
async function upgrade(node: TestNode, other: TestNode, id: string): Promise<void> {
  await node.ask('CONFIG', 'SET', 'save', '3600 1');
  await node.redis.stop();
  node.redis.server = fetchedServer(id);
  onTestFinished(() => node.redis.kill());
  await node.redis.start([...node.lines, `replicaof ${other.address} ${other.port}`]);
}

/** As keepalived has it: told what the node is, a check looks every now and then, and has it repaired. */
async function fitAgain(node: TestNode, other: TestNode): Promise<void> {
  const environment = node.port === other.port ? {} : { REDISHA_PEER_PORT: String(other.port) };
  await waitFor(
    `${node.name} fit, and in order`,
    { deadlineMs: 60_000, everyMs: 250 },
    async () => {
      const { rule, why } = await node.check(environment);
      const { code, stdout } = await node.runWith(['status', ...node.words(other)], other);
      return { rule, why, code, stdout };
    },
    ({ rule, code }) => rule === 66 && code === 0,
  );
}

/** By `promote` on the other node. */
async function promoted(leader: TestNode, standby: TestNode): Promise<void> {
  const moved = await standby.told('promote', leader);
  expect(moved, standby.log).toMatchObject({ exitCode: 0, result: 'done' });
  expect((await leader.run('backup', standby)).code).toBe(0);
}

/** By `drain` on this one, with the address of the other node in the place of the virtual one. */
async function drained(leader: TestNode, standby: TestNode): Promise<void> {
  const done = await leader.run('drain', standby, ['--option', `vip=${standby.address}`]);
  expect(done.code, done.stdout + done.stderr + leader.log).toBe(0);
  expect((await leader.run('fault', standby)).code).toBe(0);
}

/** What an upgraded server lacks it gets while its node is drained, and in FAULT: nothing else is out of order then. */
async function resumed(node: TestNode, other: TestNode): Promise<void> {
  await waitFor(
    `${node.name} in order but for the drain`,
    { deadlineMs: 60_000, everyMs: 250 },
    async () => {
      const { rule, why } = await node.check(node.envFor(other));
      const { stdout } = await node.run('status', other, ['--json']);
      const { troubles } = JSON.parse(stdout) as { troubles: readonly { code: string }[] };
      return { rule, why, codes: troubles.map(({ code }) => code) };
    },
    ({ rule, why, codes }) => rule === 4 && /seen: replica .*link up/.test(why) && codes.join() === 'drained',
  );
  expect((await node.run('resume', other)).code).toBe(0);
  expect((await node.run('backup', other)).code).toBe(0);
}

/** Both nodes are upgraded from `first` to one server after the other. @returns what is missing on each afterwards. */
async function upgradeAll(
  first: string,
  servers: readonly string[],
): Promise<{ readonly a: readonly string[]; readonly b: readonly string[] }> {
  const lines = ['client-output-buffer-limit replica 0 0 0', 'repl-backlog-size 64mb'];
  const { a, b } = await startPair({ servers: [first, first], lines, ownPorts: true });
  expect((await a.run('master', b)).code).toBe(0);
  expect((await b.run('backup', a)).code).toBe(0);
  const writers = [new KindsWriter(a, WRITES_PER_S), new KindsWriter(b, WRITES_PER_S)] as const;
  const writerOf = (node: TestNode): KindsWriter => (node === a ? writers[0] : writers[1]);
  let [leader, standby] = [a, b];
  for (const id of servers) {
    await writerOf(leader).more(LOAD);
    await upgrade(standby, leader, id);
    await fitAgain(standby, leader);
    await (leader === a ? drained : promoted)(leader, standby);
    await writerOf(standby).more(LOAD);
    // Going back would lose what the newer server alone knows.
    const back = await leader.run('promote', standby, ['--dry-run', '--json']);
    expect(JSON.parse(back.stdout), leader.log).toMatchObject({ rule: 299 });
    expect((await leader.run('promote', standby)).code).toBe(4);
    [leader, standby] = [standby, leader];
    await upgrade(standby, leader, id);
    if (standby === a) await resumed(standby, leader);
    await fitAgain(standby, leader);
    await writerOf(leader).more(LOAD);
  }
  for (const node of [standby, leader]) {
    expect(await node.told('promote', node === a ? b : a)).toMatchObject({ exitCode: 0, result: 'done' });
    await writerOf(node).more(LOAD);
  }
  for (const writer of writers) await writer.end();
  await standby.follows(leader);
  const counts = KINDS.map(({ name }) => writers.reduce((sum, { counts: of }) => sum + (of[name] ?? 0), 0));
  expect(counts.filter((count) => count > 0).length, JSON.stringify(counts)).toBeGreaterThan(12);
  return { a: await missingKinds(a, writers), b: await missingKinds(b, writers) };
}

for (const [title, first, ...servers] of CHAINS) {
  const timeoutMs = 180_000 + (20_000 * LOAD) / WRITES_PER_S;
  const { isMissing, note } = needing(first, ...servers);

  test.skipIf(isMissing)(
    `${title} under load${note}`,
    async () => {
      const missing = await upgradeAll(first, servers);
      expect(missing).toEqual({ a: [], b: [] });
    },
    timeoutMs,
  );
}
