/** What the doctor learns from real servers: a password that is refused, a right that is missing, writes that outgrow the backlog. */
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { isSince } from '../lib/server.ts';
import { waitFor } from '../lib/wait.ts';
import type { TestNode } from './lib/node.ts';
import { startPair } from './lib/pair.ts';

interface Doctor {
  readonly format: number;
  readonly wrong: number;
  readonly findings: readonly {
    readonly id: string;
    readonly host: string;
    readonly says: string;
    readonly line?: number;
  }[];
  readonly unlooked: readonly string[];
}

const keepalivedConf = ({ address, port }: TestNode, peer: TestNode): string => `vrrp_instance VI {
    interface nowhere0
    virtual_router_id 60
    virtual_ipaddress {
        ${address}
    }
    notify_master "/usr/local/bin/redisha master ${address} ${peer.address} ${String(port)}"
    notify_backup "/usr/local/bin/redisha backup ${address} ${peer.address} ${String(port)}"
}
`;

const consult = async (node: TestNode, peer: TestNode): Promise<Doctor> => {
  const done = await node.runWith(['doctor', '--json'], peer);
  expect(done.stderr).toBe('');
  const told = JSON.parse(done.stdout) as Doctor;
  expect(done.code, done.stdout).toBe(told.wrong === 0 ? 0 : 1);
  return told;
};

/** Until `done`, some 20 times a second: the server itself keeps the pace, so that nobody is kept from the processor. */
const write = async (node: TestNode, done: () => boolean): Promise<void> => {
  const value = 'x'.repeat(8_000);
  while (!done()) {
    await node.ask('SET', 'key', value);
    await node.ask('BLPOP', 'nothing', '0.05');
  }
};

test('what two real servers say', async () => {
  const { a, b } = await startPair({
    password: 'pass-of-both',
    linesOfA: ['masterauth pass-of-a'],
    lines: ['repl-backlog-size 16kb'],
    toml: ['password = "pass-of-both"'],
    promptCopies: true,
  });
  writeFileSync(join(a.dir, 'keepalived.conf'), keepalivedConf(a, b));
  const knowsRights = isSince(a.redis.server, [7, 0]);
  if (knowsRights) await a.ask('ACL', 'SETUSER', 'default', '-config|set');
  const wanted = [
    'masterauth-refused peer',
    'backlog-too-small own',
    'interface-missing own',
    'no-check own',
    ...(knowsRights ? ['right-missing own'] : []),
  ];
  let isDone = false;
  const looked = waitFor(
    `the doctor to tell ${wanted.join(', ')}`,
    { deadlineMs: 60_000, everyMs: 50 },
    () => consult(a, b),
    ({ findings }) => wanted.every((one) => findings.some(({ id, host }) => `${id} ${host}` === one)),
  ).finally(() => {
    isDone = true;
  });
  const [{ findings, unlooked, format }] = await Promise.all([looked, write(a, () => isDone)]);
  expect(format).toBe(1);
  expect(findings.find(({ id }) => id === 'interface-missing')?.line).toBe(2);
  expect(JSON.stringify({ findings, unlooked })).not.toMatch(/pass-of-both|pass-of-a/);
  await b.redis.kill();
  expect((await consult(a, b)).unlooked).toContainEqual(
    expect.stringMatching(`${b.address}:${String(b.port)} did not answer`),
  );

  // Nothing is changed without a word, and nothing else than that line with one.
  const conf = join(a.dir, 'keepalived.conf');
  const right = keepalivedConf(a, b).replace(`  ${a.address}\n`, '  10.0.0.100\n');
  const bare = right.replace(/"(.* master .*)"/, '$1');
  writeFileSync(conf, bare);
  const mend = async (...words: readonly string[]) =>
    JSON.parse((await a.runWith(['doctor', '--json', '--fix', ...words], b)).stdout) as Doctor & { mends: unknown };
  expect((await mend()).mends).toMatchObject([{ ids: ['unquoted'], path: conf, result: 'not asked' }]);
  expect(readFileSync(conf, 'utf8')).toBe(bare);
  const mended = await mend('--yes');
  expect(mended.mends).toMatchObject([
    { result: 'made', backup: expect.stringContaining(`${conf}.before-`) as string },
  ]);
  expect(mended.findings.map(({ id }) => id)).not.toContain('unquoted');
  expect(readFileSync(conf, 'utf8')).toBe(right);
});
