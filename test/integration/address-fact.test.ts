/** The kernel says where the address is: a word of keepalived that was lost is believed for no longer than one look. */
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { runIn, TROUBLES, whyNoTroubles } from './lib/disk-troubles.ts';
import type { TestNode } from './lib/node.ts';
import { startPair } from './lib/pair.ts';
import { waitFor } from '../lib/wait.ts';

const why = await whyNoTroubles();
if (why !== undefined) console.warn(`a state directory that cannot be written is not tested: ${why}`);

/** As the well-known article has it: nothing but the notify lines says which instance is ours. */
const confOf = (node: TestNode, peer: TestNode, address: string): string => `
vrrp_instance other { virtual_ipaddress { 192.0.2.9 } }
vrrp_instance ours {
  virtual_ipaddress { ${address}/32 }
  notify_master "/usr/local/redis/sh/redis_master_master.sh ${node.words(peer).join(' ')}"
}
`;

const HERE = '127.0.0.1';
const ELSEWHERE = '192.0.2.1';

interface Verdict {
  readonly fit: boolean;
  readonly rule: number;
}

describe.skipIf(why !== undefined).each(TROUBLES)('the state cannot be written: $name', (trouble) => {
  const check = async (node: TestNode, peer: TestNode, address: string): Promise<Verdict> => {
    writeFileSync(join(node.dir, 'keepalived.conf'), confOf(node, peer, address));
    const args = ['check', node.address, String(node.port), '--json'];
    const env = { ...node.envFor(peer), REDISHA_PEER: peer.address };
    const { stdout } = await runIn(trouble, join(node.dir, 'state'), args, env);
    return JSON.parse(stdout) as Verdict;
  };

  test('the node with the address lets it go, and the one without does not wait for ever', async () => {
    const { a, b } = await startPair();
    mkdirSync(join(b.dir, 'state'), { recursive: true });
    expect(await check(b, a, HERE)).toMatchObject({ fit: false, rule: 52 });
    await b.run('master', a);
    await a.follows(b);
    await b.ask('REPLICAOF', a.address, a.port);
    await a.ask('REPLICAOF', 'NO', 'ONE');
    await b.follows(a);
    await waitFor(
      'the word MASTER to count no more',
      { deadlineMs: 10_000 },
      () => check(b, a, ELSEWHERE),
      ({ fit, rule }) => fit && rule === 66,
    );
  });
});
