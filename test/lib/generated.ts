/** The files that `redisha config` writes for the pair of the tests. */
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { EXECUTABLE } from './implementation.ts';
import { A, ADDRESS, B, DEVICE, type NodeFiles, PORT } from './pair.ts';
import { runOk } from './process.ts';

export type ProfileName = 'article' | 'balanced' | 'fast';

const PLAIN = ['--interface', DEVICE, '--script-user', 'root'];

/** One pair of Redises: its virtual address and its port on both hosts. */
export interface Service {
  readonly address: string;
  readonly port: number;
}

const PAIR: Service = { address: ADDRESS, port: PORT };

export interface ServiceFiles extends Omit<NodeFiles, 'redisLines'> {
  /** Lines of redis.conf, by port. */
  readonly redisLines: ReadonlyMap<number, readonly string[]>;
}

const filesBelow = async (node: string, services: readonly Service[]): Promise<ServiceFiles> => ({
  keepalivedConf: await readFile(join(node, 'keepalived.conf'), 'utf8'),
  redishaToml: await readFile(join(node, 'redisha.toml'), 'utf8'),
  redisLines: new Map(
    await Promise.all(
      services.map(async ({ port }) => {
        const text = await readFile(join(node, `redis-pair-${port}.conf`), 'utf8');
        return [port, text.split('\n')] as const;
      }),
    ),
  ),
});

/** The files of both hosts for any number of pairs. */
export const generatedFor = async (
  profile: ProfileName,
  services: readonly Service[],
  executable = EXECUTABLE,
  more: readonly string[] = [],
): Promise<Record<'a' | 'b', ServiceFiles>> => {
  const out = await mkdtemp(join(tmpdir(), 'redisha-config-'));
  const each = (value: (service: Service) => string | number): string => services.map(value).join();
  const words = ['--vip', each(({ address }) => address), '--port', each(({ port }) => port), '--nodes', `${A},${B}`];
  try {
    await runOk([executable, 'config', ...words, ...PLAIN, '--profile', profile, '--out', out, ...more]);
    return { a: await filesBelow(join(out, 'node1'), services), b: await filesBelow(join(out, 'node2'), services) };
  } finally {
    await rm(out, { recursive: true, force: true });
  }
};

const filesOfPair = ({ redisLines, ...files }: ServiceFiles): NodeFiles => ({
  ...files,
  redisLines: redisLines.get(PORT) ?? [],
});

/** The files of both nodes of the tests' pair, as the executable generates them for this profile. */
export const generated = async (
  profile: ProfileName,
  executable = EXECUTABLE,
  more: readonly string[] = [],
): Promise<Record<'a' | 'b', NodeFiles>> => {
  const { a, b } = await generatedFor(profile, [PAIR], executable, more);
  return { a: filesOfPair(a), b: filesOfPair(b) };
};
