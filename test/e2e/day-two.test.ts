/**
 * Day two of a pair, in one life: each section of docs/operations.md is carried out by the commands that stand there, under a
 * writer. No acknowledged write is lost, and no client is told READONLY.
 */
import { writeFileSync } from 'node:fs';
import { basename, join } from 'node:path';
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest';
import { TempDir } from '../lib/loopback.ts';
import { Operated } from '../lib/operated.ts';
import { type Block, blocksOf, printedFor, sectionOf } from '../lib/page.ts';
import { A, ADDRESS, B, DEVICE } from '../lib/pair.ts';
import { findServer, serverOf, type Server } from '../lib/server.ts';
import { nowMs } from '../lib/wait.ts';
import { World } from '../lib/world.ts';
import { missingFrom, Writer, type Written } from '../lib/writer.ts';
import type { WriterOptions } from '../lib/writer-protocol.ts';
import { hostsPossible } from './on-a-pair.ts';
import { walk } from './walk.ts';

const PAGE = 'operations.md';
const [OLD, NEW] = ['sesame', 'opensesame'];
const NEW_ADDRESS = '192.168.72.116';
const [D, THIRD] = ['192.168.72.129', '192.168.72.130'];
const PATIENCE_MS = 30_000;
const COMMAND_LINE = `redisha config --vip ${ADDRESS}/24 --nodes ${A},${B} --password-file /etc/redisha/password`;
/** Without CAP_SYS_RESOURCE, as here, the kernel kills a keepalived of such a priority at a reload (docs/limits.md). */
const OF_REAL_TIME = '/^ *(vrrp_rt_priority|vrrp_no_swap|vrrp_rlimit_rttime)/d';
/** What the pair is upgraded to, where it can be had here. */
const NEWER: Server | undefined = findServer('trixie/redis');

/** The blocks of a section, which stand under these hosts in this order. */
const blocks = (heading: string, where: readonly string[], page = PAGE): readonly string[] => {
  const found: readonly Block[] = blocksOf(page, heading);
  expect(
    found.map((block) => block.where),
    heading,
  ).toEqual(where);
  return found.map(({ text }) => text);
};

/** The words of a page that are typed in a test. */
const saidBy = (heading: string, command: string): string => {
  expect(sectionOf(PAGE, heading).replaceAll(/\s+/g, ' ')).toContain(`\`${command}\``);
  return command;
};

describe.runIf(hostsPossible)('day two', () => {
  let world: World;
  let out: TempDir;
  let nodes: { a: Operated; b: Operated; third: Operated };
  let client: Awaited<ReturnType<World['addHost']>>;
  let vip = ADDRESS;
  let writer: Writer | undefined;
  let fromMs = 0;
  const written: Written[] = [];

  const startWriter = async (password: string, more: Partial<WriterOptions> = {}): Promise<void> => {
    const keyPrefix = `w${String(written.length)}:`;
    writer = await Writer.start(client, vip, { keyPrefix, password, connectTimeoutMs: 100, ...more });
    await writer.ackedMore(300, PATIENCE_MS);
    fromMs = nowMs();
  };

  /** Its account is taken: the longest stretch without a write, in ms. */
  const endWriter = async (): Promise<number> => {
    if (writer === undefined) throw new Error('no writer');
    await writer.ackedMore(300, PATIENCE_MS);
    const gapMs = writer.longestGapMs(fromMs);
    written.push(await writer.end());
    if (process.env['REDISHA_TEST_SHOW']) console.log(expect.getState().currentTestName, gapMs, writer.errors);
    expect(writer.errors['READONLY'] ?? 0, JSON.stringify(writer.errors)).toBe(0);
    return gapMs;
  };

  const lost = async (master: Operated): Promise<readonly number[]> =>
    (await Promise.all(written.map((one) => missingFrom(master, one)))).flat();

  const both = async (text: string, input = ''): Promise<void> => {
    for (const node of [nodes.a, nodes.b]) await node.type(text, input);
  };

  const inOrder = async (): Promise<void> => {
    for (const node of [nodes.a, nodes.b]) await node.inOrder();
  };

  /** The files are made on one host. @returns what puts them in place on each. */
  const configured = async (on: Operated, line: string): Promise<(node: Operated) => Promise<void>> => {
    const [directory = ''] = /\/tmp\/[\w-]+/.exec(line) ?? [];
    const place = join(out.path, basename(directory));
    const printed = await on.type(line.replaceAll(directory, place));
    await on.type(`sed -i -E '${OF_REAL_TIME}' ${place}/node?/keepalived.conf`);
    return async (node) => {
      const lines = printedFor(printed, node.host.address);
      expect(lines).toHaveLength(4);
      await node.type(`cd ${place} && ${lines.join(' && ')}`);
    };
  };

  beforeAll(async () => {
    world = await World.create();
    out = await TempDir.create();
    const server = serverOf('a');
    const boot = (name: string, address: string) => Operated.boot(world, name, address, OLD, server);
    const [a, b, third] = await Promise.all([boot('a', A), boot('b', B), boot('c', THIRD)]);
    nodes = { a, b, third };
    client = await world.addHost('client', '192.168.72.50', DEVICE);
    const install = await configured(a, `${COMMAND_LINE} --out /tmp/first`);
    for (const node of [a, b]) {
      await install(node);
      await node.type('systemctl start redis-server');
    }
    await a.type('systemctl start keepalived');
    await a.owns(ADDRESS);
    await b.type('systemctl start keepalived');
    await inOrder();
  });

  afterEach(async ({ task }) => {
    if (task.result?.state !== 'fail') return;
    for (const node of Object.values(nodes)) console.error(await node.lastWords());
  });

  afterAll(async () => {
    await world?.close();
    await out?.remove();
  });

  test('the command line that made the files stands at their head', async () => {
    const [grep = ''] = blocks('Day two', ['']);
    for (const node of [nodes.a, nodes.b])
      expect((await node.type(grep)).replaceAll(/^! +/gm, '')).toBe(`${COMMAND_LINE}\n`);
  });

  test('an operator at a terminal', async () => {
    await walk(nodes.a, nodes.b);
    await inOrder();
    expect(await nodes.b.type('redisha history')).toContain('drained');
  });

  test('another password', async () => {
    const hosts = 'On both hosts';
    const [learn = '', use = '', forget = ''] = blocks('Another password', [hosts, hosts, hosts]);
    await startWriter(OLD);
    await both(learn, `${NEW}\n`);
    await both(use);
    await inOrder();
    const later = writer;
    const alone = await endWriter();
    await startWriter(NEW);
    await both(forget);
    for (const node of [nodes.a, nodes.b]) {
      const refused = await node.type('redis-cli PING 2>&1');
      expect(refused).toMatch(/WRONGPASS|NOAUTH/);
      node.password = NEW;
      expect(await node.type('redis-cli PING')).toBe('PONG\n');
    }
    await inOrder();
    // Everybody connects anew.
    await nodes.b.type('redisha promote');
    await inOrder();
    await nodes.a.type('redisha promote');
    await inOrder();
    expect(later).not.toBe(writer);
    expect(alone).toBeLessThan(2_000);
    await endWriter();
  });

  test('a replica beside the pair', async () => {
    const [lines = ''] = blocks('A replica beside the pair', ['On the third host']);
    await startWriter(NEW);
    nodes.third.password = NEW;
    await nodes.third.type(
      `sed -i '/^requirepass\\|^masterauth/d' /etc/redis/redis.conf; cat >>/etc/redis/redis.conf`,
      lines.replaceAll('SECRET', NEW),
    );
    await nodes.third.type('systemctl restart redis-server');
    await nodes.third.linked();
    await inOrder();
    await nodes.b.type('redisha promote');
    await nodes.third.linked();
    await inOrder();
    await nodes.a.type('redisha promote');
    await inOrder();
    await endWriter();
    await nodes.third.linked();
    expect(await lost(nodes.third)).toEqual([]);
  });

  test.skipIf(NEWER === undefined)('a newer Redis', async () => {
    if (NEWER === undefined) return;
    const { a, b, third } = nodes;
    const said = saidBy.bind(undefined, 'A newer Redis or Valkey');
    await startWriter(NEW);
    third.install(NEWER);
    await third.type('systemctl restart redis-server');
    await third.linked();
    for (const node of [b, a]) {
      await node.type(said('redisha drain'));
      node.install(NEWER);
      await node.type('systemctl restart redis-server');
      await node.onlyDrained();
      await node.type(said('redisha resume'));
      await inOrder();
    }
    await a.type(said('redisha promote'));
    await inOrder();
    await endWriter();
    expect(await a.type('redis-cli INFO server')).toContain('redis_version:8.');
    expect(await lost(a)).toEqual([]);
  });

  test('another virtual address', async () => {
    const { a, b, third } = nodes;
    const where = ['On one host', 'On the master', 'On the standby', 'On both hosts'];
    const [make = '', restart = '', start = '', last = ''] = blocks('Another virtual address', where);
    await startWriter(NEW);
    const install = await configured(a, make);
    await b.type(saidBy('Another virtual address', 'systemctl stop keepalived'));
    await install(a);
    await a.type(restart);
    await a.owns(NEW_ADDRESS);
    await a.owns(ADDRESS);
    await install(b);
    await b.type(start);
    await inOrder();
    await endWriter();
    vip = NEW_ADDRESS;
    await startWriter(NEW);
    await third.type(`redis-cli REPLICAOF ${vip} 6379; sed -i 's/${ADDRESS}/${vip}/' /etc/redis/redis.conf`);
    for (const node of [b, a]) {
      await node.type(last);
      await inOrder();
    }
    await a.waitFor('the end of the old address', 'ip -brief address', (said) => !said.includes(`${ADDRESS}/`));
    await inOrder();
    await third.linked();
    await endWriter();
    expect(await lost(a)).toEqual([]);
  });

  test('another host', async () => {
    const { a } = nodes;
    const left = 'On the host that is left';
    const where = [left, left, 'On the new host', 'On the new host'];
    const [make = '', reload = '', redis = '', keepalived = ''] = blocks('Another host', where);
    await nodes.b.host.kill();
    await startWriter(NEW);
    const d = await Operated.boot(world, 'd', D, NEW, NEWER ?? serverOf('a'));
    nodes = { ...nodes, b: d };
    const install = await configured(a, make.replaceAll(ADDRESS, vip));
    await install(a);
    await a.type(reload);
    await install(d);
    await d.type(redis);
    await d.linked();
    await d.type(keepalived);
    await inOrder();
    await endWriter();
    expect(await lost(a)).toEqual([]);
    expect(await lost(d)).toEqual([]);
  });

  test('a backup, and back to it', async () => {
    const { a } = nodes;
    await a.type('redis-cli SET kept before');
    for (const [block = ''] of [
      blocks('Back up', [''], 'backup.md'),
      blocks('See what a restore would do', [''], 'backup.md'),
    ])
      await a.type(`set +e; ${block.replaceAll('/var/backups', '/run')}`);
    await a.type('redis-cli SET kept after; redis-cli SET later 1');
    const [restore = ''] = blocks('Put the pair back to the backup', [''], 'backup.md');
    await a.type(restore.replaceAll('/var/backups', '/run'));
    expect(await a.type('redis-cli GET kept; redis-cli EXISTS later')).toBe('before\n0\n');
    await inOrder();
  });

  test('on to Sentinel', async () => {
    const { a, b, third } = nodes;
    const pair = 'On both hosts of the pair';
    const [pause = '', conf = '', leave = ''] = blocks('On to Sentinel', [pair, 'On all three hosts', pair]);
    await startWriter(NEW);
    await both(pause);
    for (const node of [a, b, third]) {
      writeFileSync(node.host.file('/etc/redis/sentinel.conf'), conf.replaceAll('SECRET', NEW));
      await node.type(saidBy('On to Sentinel', 'systemctl restart redis-sentinel'));
    }
    const quorum = saidBy('On to Sentinel', 'redis-cli -p 26379 SENTINEL CKQUORUM pair');
    await third.waitFor('Sentinels', `unset REDISCLI_AUTH; ${quorum}`, (said) => said.startsWith('OK 3 usable'));
    await endWriter();
    await startWriter(NEW, { sentinels: [A, D, THIRD] });
    await both(leave);
    await a.waitFor('the end of the address', 'ip -brief address', (said) => !said.includes(`${vip}/`));
    await a.host.kill();
    await writer?.ackedMore(500, PATIENCE_MS);
    await endWriter();
    expect(await b.type('redis-cli -p 26379 SENTINEL GET-MASTER-ADDR-BY-NAME pair')).not.toContain(A);
  });
});
