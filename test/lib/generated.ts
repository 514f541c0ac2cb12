/** The files that `redisha config` writes for the pair of the tests. */
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { EXECUTABLE } from './implementation.ts';
import { A, ADDRESS, B, DEVICE, type NodeFiles } from './pair.ts';
import { runOk } from './process.ts';

const PLAIN = ['--vip', ADDRESS, '--nodes', `${A},${B}`, '--interface', DEVICE, '--script-user', 'root'];

const filesBelow = async (node: string): Promise<NodeFiles> => ({
  keepalivedConf: await readFile(join(node, 'keepalived.conf'), 'utf8'),
  redishaToml: await readFile(join(node, 'redisha.toml'), 'utf8'),
  redisLines: (await readFile(join(node, 'redis-pair-6379.conf'), 'utf8')).split('\n'),
});

/** The files of both nodes, as the executable generates them for this profile. */
export const generated = async (profile: 'fast' | 'balanced'): Promise<Record<'a' | 'b', NodeFiles>> => {
  const out = await mkdtemp(join(tmpdir(), 'redisha-config-'));
  try {
    await runOk([EXECUTABLE, 'config', ...PLAIN, '--profile', profile, '--out', out]);
    return { a: await filesBelow(join(out, 'node1')), b: await filesBelow(join(out, 'node2')) };
  } finally {
    await rm(out, { recursive: true, force: true });
  }
};
