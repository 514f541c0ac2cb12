/** The keys that rescue files hold: what the product took away from a dataset and kept. */
import { copyFileSync, existsSync, mkdirSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import type { Values } from './history.ts';
import type { Host } from './host.ts';
import { hotValues, hotValuesOf } from './hot-keys.ts';
import { RedisServer } from './redis.ts';
import { ReplyParser } from './resp.ts';
import { waitFor } from './wait.ts';
import { missingFrom, type Written } from './writer.ts';

const RESCUE_DIR = '/var/lib/redisha/6379/rescue';

/** The finished rescue files of a host, oldest name first. */
function rescueFiles(host: Host): readonly string[] {
  const dir = host.file(RESCUE_DIR);
  if (!existsSync(dir)) return [];
  const names = readdirSync(dir).filter((name) => !name.endsWith('.part'));
  return names.toSorted().map((name) => `${RESCUE_DIR}/${name}`);
}

const isRdb = (bytes: Buffer): boolean => /^(REDIS|VALKEY)/.test(bytes.subarray(0, 6).toString());

/** The commands of a file of writes; none of anything else. */
function commandsIn(bytes: Buffer): readonly (readonly string[])[] {
  if (bytes[0] !== '*'.charCodeAt(0)) return [];
  return new ReplyParser().push(bytes).flatMap((command) => (Array.isArray(command) ? [command.map(String)] : []));
}
/** Which of these keys no rescue file of these nodes holds with the value that was acknowledged. */
export async function notRescued(nodes: readonly { readonly host: Host }[], written: Written, keys: readonly number[]) {
  let missing = keys;
  for (const { host } of nodes) {
    for (const file of rescueFiles(host)) {
      if (missing.length === 0) return missing;
      missing = await notIn(host, file, { ...written, acked: missing });
    }
  }
  return missing;
}

async function notIn(host: Host, file: string, written: Written): Promise<readonly number[]> {
  const bytes = readFileSync(host.file(file));
  if (isRdb(bytes)) return await withRdb(host, file, (reader) => missingFrom(reader, written));
  const sets = new Map<string, string>();
  for (const [name = '', key = '', value = ''] of commandsIn(bytes)) {
    if (name.toUpperCase() === 'SET') sets.set(key, value);
  }
  return written.acked.filter((key) => sets.get(`${written.keyPrefix}${key}`) !== String(key));
}

/** What the rescue files of these nodes hold of the keys of everybody. */
export async function keptHot(nodes: readonly { readonly host: Host }[]): Promise<Values> {
  const kept = new Map<string, string[]>();
  for (const { host } of nodes) {
    for (const file of rescueFiles(host)) {
      const bytes = readFileSync(host.file(file));
      const values = isRdb(bytes) ? await withRdb(host, file, hotValues) : hotValuesOf(commandsIn(bytes));
      for (const [key, own] of values) kept.set(key, [...(kept.get(key) ?? []), ...own]);
    }
  }
  return kept;
}

/** An RDB is asked through a Redis of its own, beside the host's, that has loaded it. */
async function withRdb<T>(host: Host, file: string, ask: (reader: RedisServer) => Promise<T>): Promise<T> {
  const dir = '/run/rescued';
  mkdirSync(host.file(dir), { recursive: true });
  copyFileSync(host.file(file), host.file(`${dir}/dump.rdb`));
  const reader = new RedisServer(host, { port: 7379, place: dir, lines: ['save ""'] });
  await reader.start();
  try {
    await waitFor(
      'the rescued dataset',
      { deadlineMs: 30_000 },
      () => reader.info('persistence'),
      (info) => {
        return info.get('loading') === '0';
      },
    );
    return await ask(reader);
  } finally {
    await reader.kill();
    rmSync(host.file(dir), { recursive: true, force: true });
  }
}
