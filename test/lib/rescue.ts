/** The keys that rescue files hold: what the product took away from a dataset and kept. */
import { copyFileSync, existsSync, mkdirSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import type { Host } from './host.ts';
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
  if (/^(REDIS|VALKEY)/.test(bytes.subarray(0, 6).toString())) return await notInRdb(host, file, written);
  if (bytes[0] !== '*'.charCodeAt(0)) return written.acked;
  const sets = new Map<string, string>();
  for (const command of new ReplyParser().push(bytes)) {
    if (!Array.isArray(command)) continue;
    const [name, key, value] = command.map(String);
    if (name?.toUpperCase() === 'SET' && key !== undefined && value !== undefined) sets.set(key, value);
  }
  return written.acked.filter((key) => sets.get(`${written.keyPrefix}${key}`) !== String(key));
}

/** An RDB is asked through a Redis of its own, beside the host's, that has loaded it. */
async function notInRdb(host: Host, file: string, written: Written): Promise<readonly number[]> {
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
    return await missingFrom(reader, written);
  } finally {
    await reader.kill();
    rmSync(host.file(dir), { recursive: true, force: true });
  }
}
