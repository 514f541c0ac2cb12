/** Rescues where there is little room, and through TLS. */
import { mkdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterEach, describe, expect, test } from 'vitest';
import { freePort, TempDir } from '../lib/loopback.ts';
import { run, runOk } from '../lib/process.ts';
import { digestOfRdb, expectFailure, failedToSave, Parting, REASON } from './parting.ts';

let parting: Parting;
/** The mount is gone with the process, whatever becomes of that. */
const IN_ROOM = 'mount -t tmpfs -o "size=$0m" none "$1" && exec "$2" "$3" "$1" "$4"';
const script = fileURLToPath(new URL('rescue-in-little-room.ts', import.meta.url));
const nothing = (): void => undefined;

afterEach(async () => {
  await parting.close();
});

const unshare = process.getuid?.() === 0 ? ['unshare', '-m'] : ['unshare', '-Urm'];
const mayMount = await run([...unshare, 'mount', '-t', 'tmpfs', 'none', '/mnt']).then(({ code }) => code === 0);
if (!mayMount) console.warn('no mounts are allowed here: rescues in little room are not tested');

const inRoomOf = async (megabytes: number): Promise<{ suffix: string; dataset: string; left: string[] }> => {
  const directory = join(parting.directory, 'little');
  mkdirSync(directory, { recursive: true });
  const range = JSON.stringify(await parting.range(parting.a, 0));
  const argv = [...unshare, 'sh', '-c', IN_ROOM, String(megabytes), directory, process.execPath, script, range];
  const done = await run(argv, { timeoutMs: 30_000 });
  if (done.code !== 0) throw new Error(done.stderr);
  return JSON.parse(done.stdout) as { suffix: string; dataset: string; left: string[] };
};

const withData = async (framing: string): Promise<void> => {
  parting = await Parting.start(['repl-backlog-size 8mb', framing]);
  await parting.join();
  await parting.part();
  await parting.a.redis.ask('DEBUG', 'POPULATE', 20_000, 'key', 2_000);
  await parting.a.redis.askAll(Array.from({ length: 4 }, () => ['SET', 'big', 'x'.repeat(1_000_000)]));
};

describe.runIf(mayMount)('little room', () => {
  test.each([
    ['known', 'repl-diskless-sync no', /^RESCUE_FAILED no room in .*: 4\d\.\d MB are needed, 11\.\d MB are free$/],
    ['not known', 'repl-diskless-sync yes', /^RESCUE_FAILED no room in .*: 9\.4 MB are needed, \d\.\d MB are free$/],
  ])('for a dataset whose size is %s: refused with the figures, nothing is left', async (size, framing, words) => {
    await withData(`${framing}\nrdbcompression no`);
    if (size === 'not known') await failedToSave(parting.a);
    const { suffix, dataset, left } = await inRoomOf(15);
    expect(suffix).toBe('done');
    expect(dataset).toMatch(words);
    expect(left.filter((name) => !name.includes('.resp'))).toEqual([]);
  });

  test('for a suffix: refused with the figures, nothing is left', async () => {
    await withData('repl-diskless-sync no');
    const { suffix, left } = await inRoomOf(4);
    expect(suffix).toMatch(/^RESCUE_FAILED no room in .*: 5\.\d MB are needed, 4\.2 MB are free$/);
    expect(left.filter((name) => !name.includes('.rdb'))).toEqual([]);
  });
});

describe('TLS', () => {
  test('carries suffix, dataset and replay', async () => {
    const keys = await TempDir.create();
    const [key, cert] = [join(keys.path, 'key.pem'), join(keys.path, 'cert.pem')];
    const request = 'req -x509 -newkey ec -pkeyopt ec_paramgen_curve:prime256v1 -nodes -days 2 -subj /CN=redisha';
    const names = ['-addext', 'subjectAltName=IP:127.0.0.1,IP:127.0.0.2'];
    await runOk(['openssl', ...request.split(' '), ...names, '-keyout', key, '-out', cert]);
    const port = await freePort(['127.0.0.1', '127.0.0.2']);
    const files = [`tls-cert-file ${cert}`, `tls-key-file ${key}`, `tls-ca-cert-file ${cert}`];
    parting = await Parting.start([`tls-port ${String(port)}`, ...files, 'tls-auth-clients no'], port);
    const { a, b } = parting;
    const tls = { ca: readFileSync(cert), servername: undefined };
    try {
      await parting.join();
      await parting.part();
      await a.redis.ask('SET', 'k', 'v');
      const [one, other] = [await parting.view(a, { tls }), await parting.view(b, { tls })];
      const { replid, offset: toOffset } = one.history;
      const fromOffset = (other.history.secondOffset ?? 0) - 1;
      const range = { endpoint: parting.endpoint(a), replid, fromOffset, toOffset, onlyDatabase: 0 };
      const rescuer = parting.rescuer({ tls });
      const file = await rescuer.saveSuffix(range, REASON);
      await rescuer.replay(file, parting.endpoint(b), () => Promise.resolve());
      expect(await b.redis.ask('GET', 'k')).toBe('v');
      const dataset = await rescuer.saveDataset(parting.endpoint(a), REASON, nothing);
      expect(await digestOfRdb(dataset, join(a.dir, 'reader'))).toBe(await a.redis.digest());
      const stranger = parting.rescuer({ tls: { servername: undefined } });
      await expectFailure(stranger.read(range), 'CREDENTIALS_REJECTED', /certificate|self.signed/i);
    } finally {
      await keys.remove();
    }
  });
});
