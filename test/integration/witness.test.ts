/** A lease at a witness, and the licence that a holder of it attaches to its own Redis, on real servers. */
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { beforeAll, expect, onTestFinished, test } from 'vitest';
import type { Lease } from '../../src/app/ports/licence.ts';
import { systemClock } from '../../src/host/clock.ts';
import type { LeaseOptions } from '../../src/redis/lease.ts';
import { openLease } from '../../src/redis/lease.ts';
import { openLicence } from '../../src/redis/licence-connection.ts';
import { freePort, LoopbackMachine, TempDir } from '../lib/loopback.ts';
import { Running } from '../lib/process.ts';
import { RedisServer } from '../lib/redis.ts';
import { waitFor } from '../lib/wait.ts';
import { licenceOf } from '../../src/world/licence.ts';
import { settingsFor } from '../../src/world/settings.ts';
import { recordingLog } from '../unit/host/recording-log.ts';
import type { TestNode } from './lib/node.ts';
import { makeCertificates } from './lib/certificates.ts';
import { startPair, temporary } from './lib/pair.ts';
import { PLAIN, viewOf } from './lib/plain-connection.ts';

const WITNESS = '127.0.0.3';
const DOCUMENT = new URL('../../docs/witness.md', import.meta.url);
const SAFE = ['min-replicas-to-write 1', 'min-replicas-max-lag 2'];
const LONG_MS = 60_000;
const WAIT = { deadlineMs: 30_000, everyMs: 20 } as const;

const witnessAt = async (place: string, more: readonly string[] = []): Promise<RedisServer> => {
  const port = await freePort([WITNESS]);
  const lines = [`bind ${WITNESS}`, 'save ""', 'appendonly no', ...more];
  const witness = new RedisServer(new LoopbackMachine('a'), { port, place, lines });
  await witness.start();
  return witness;
};

const startWitness = async (more?: readonly string[]): Promise<RedisServer> => {
  const witness = await witnessAt(await temporary(), more);
  onTestFinished(() => witness.kill());
  return witness;
};

/** It has been running for a while when the last test needs it. */
let old: RedisServer;
beforeAll(async () => {
  const place = await TempDir.create();
  old = await witnessAt(place.path);
  return async () => {
    await old.kill();
    await place.remove();
  };
});

const leaseOf = ({ port }: Pick<RedisServer, 'port'>, holder: string, more: Partial<LeaseOptions> = {}): Lease => {
  const connection = { ...PLAIN, endpoint: { host: WITNESS, port }, commandTimeoutMs: 5_000, ...more.connection };
  const plain = { pair: '10.0.0.100:6379', holder, nowMs: () => systemClock.nowMs() };
  const lease = openLease({ ...plain, ...more, connection });
  onTestFinished(() => lease.close());
  return lease;
};

const kinds = (...asked: readonly Promise<{ readonly kind: string }>[]): Promise<readonly string[]> =>
  Promise.all(asked).then((all) => all.map(({ kind }) => kind));

test('a lease has one holder, until it is given back, or its time is over, or the witness forgets it', async () => {
  const witness = await startWitness();
  const [a, b] = [leaseOf(witness, 'a'), leaseOf(witness, 'b')];
  expect(await kinds(a.ask(), a.take(LONG_MS))).toEqual(['free', 'held']);
  expect(await kinds(b.take(LONG_MS), b.renew(LONG_MS), b.release(), b.ask())).toEqual(Array(4).fill('taken'));
  expect(await kinds(a.renew(LONG_MS), a.take(LONG_MS), a.ask())).toEqual(['held', 'held', 'free']);
  // As after a start of its process: the same node goes on with it, as the same lease where it knows which one it was.
  const { tenure } = (await a.renew(LONG_MS)) as { readonly tenure: string };
  const knows = leaseOf(witness, 'a', { tenure });
  expect(await knows.renew(LONG_MS)).toMatchObject({ kind: 'held', tenure });
  const anew = leaseOf(witness, 'a');
  expect(await kinds(anew.renew(LONG_MS), anew.take(LONG_MS))).toEqual(['free', 'held']);
  expect(await kinds(knows.renew(LONG_MS))).toEqual(['free']);
  expect(await anew.renew(LONG_MS)).not.toMatchObject({ tenure });
  expect(await kinds(anew.release(), anew.renew(LONG_MS))).toEqual(['free', 'free']);

  const first = await b.take(1);
  const later = await waitFor(
    'the end of a lease of 1 ms',
    WAIT,
    () => a.take(LONG_MS),
    ({ kind }) => kind === 'held',
  );
  expect([first.kind, await kinds(b.renew(LONG_MS))]).toEqual(['held', ['taken']]);

  await witness.kill();
  expect((await a.renew(LONG_MS)).kind).toBe('away');
  await witness.start();
  const forgot = await a.renew(LONG_MS);
  expect([forgot.kind, (await b.take(LONG_MS)).kind]).toEqual(['free', 'held']);
  expect('run' in forgot && 'run' in later && forgot.run !== later.run, 'another run of the witness').toBe(true);
});

test('a lease at a witness that speaks TLS, by the rights of the documents and no others', async () => {
  const [dir, port] = [await temporary(), await freePort([WITNESS])];
  const { ca, cert, key } = await makeCertificates(dir, 'witness', [`IP:${WITNESS}`]);
  const [, rights = ''] = /^ +ACL SETUSER (redisha .+)$/m.exec(readFileSync(DOCUMENT, 'utf8')) ?? [];
  const files = [`tls-cert-file ${cert}`, `tls-key-file ${key}`, `tls-ca-cert-file ${ca}`, 'tls-auth-clients no'];
  await startWitness([`tls-port ${String(port)}`, ...files, `user ${rights}`, 'user default off']);
  const by = (password: string, authority: string | undefined): Lease => {
    const tls = { servername: undefined, ...(authority === undefined ? {} : { ca: readFileSync(authority) }) };
    const connection = { ...PLAIN, endpoint: { host: WITNESS, port }, username: 'redisha', password, tls };
    return leaseOf({ port }, 'a', { connection: { ...connection, commandTimeoutMs: 5_000 } });
  };
  const lease = by('SECRET', ca);
  expect(await kinds(lease.ask(), lease.take(LONG_MS), lease.renew(LONG_MS))).toEqual(['free', 'held', 'held']);
  const again = by('SECRET', ca);
  expect(await kinds(again.take(LONG_MS), again.release(), again.ask())).toEqual(['held', 'free', 'free']);
  expect(await by('another', ca).ask()).toMatchObject({
    kind: 'away',
    why: expect.stringMatching(/WRONGPASS/) as string,
  });
  expect(await by('SECRET', undefined).ask()).toMatchObject({
    kind: 'away',
    why: expect.stringMatching(/certificate/) as string,
  });
});

const PROGRAM = fileURLToPath(new URL('lib/licence-holder.ts', import.meta.url));

const startHolder = async ({ address, port }: TestNode, ms: number): Promise<Running> => {
  const holder = new Running([
    'setpriv',
    '--pdeathsig',
    'KILL',
    '--',
    process.execPath,
    PROGRAM,
    address,
    `${port}`,
    `${ms}`,
  ]);
  onTestFinished(() => holder.stop('SIGKILL'));
  await holder.said('a licence', 20_000, (text) => text === 'attached');
  return holder;
};

const takes = async (node: TestNode): Promise<string> => String(await node.redis.ask('SET', 'key', 'value'));
const writesTaken = (node: TestNode) =>
  waitFor(
    'writes',
    WAIT,
    () => takes(node),
    (said) => said === 'OK',
  );
const writesRefused = (node: TestNode) =>
  waitFor(
    'no writes',
    WAIT,
    () => takes(node),
    (said) => said.includes('NOREPLICAS'),
  );

test('a licence lets a server take writes alone, fools nobody, and does not outlive its holder', async () => {
  const { a, b } = await startPair({ lines: SAFE, promptCopies: true });
  await writesTaken(a);
  await b.redis.kill();
  await writesRefused(a);

  const killed = await startHolder(a, LONG_MS);
  await writesTaken(a);
  const waited = await a.redis.askAll([
    ['SET', 'key', 'other'],
    ['WAIT', 1, 300],
  ]);
  expect(waited, 'replicas that have the write').toEqual(['OK', 0]);
  const view = await viewOf(a);
  expect(view).toMatchObject({ redisRole: 'master', replicas: [] });
  await killed.stop('SIGKILL');
  await writesRefused(a);

  const stopped = await startHolder(a, LONG_MS);
  await writesTaken(a);
  stopped.signal('SIGSTOP');
  await writesRefused(a);
  // Valid it still is: its next word brings the writes back.
  stopped.signal('SIGCONT');
  await writesTaken(a);
  await stopped.stop('SIGKILL');

  const woken = await startHolder(a, 1_000);
  woken.signal('SIGSTOP');
  await writesRefused(a);
  woken.signal('SIGCONT');
  await woken.said('the end of its licence', 20_000, (text) => text === 'ended');
  expect(await takes(a), 'after the holder woke').toContain('NOREPLICAS');
});

test('a stopped server ends the links of its replicas as the first thing when it goes on, and takes no writes by old acknowledgements', async () => {
  const { a, b } = await startPair({ lines: SAFE, promptCopies: true });
  await writesTaken(a);
  const licence = openLicence({ ...PLAIN, endpoint: { host: a.address, port: a.port } });
  a.redis.freeze();
  b.redis.freeze();
  onTestFinished(() => {
    b.redis.thaw();
  });
  // It may get it before it goes on or after: the replica, which is stopped, would be linked for a minute more.
  licence.endLinks();
  a.redis.thaw();
  await waitFor(
    'no link',
    WAIT,
    () => a.redis.ask('INFO', 'replication'),
    (said) => String(said).includes('connected_slaves:0'),
  );
  expect(await takes(a)).toContain('NOREPLICAS');
});

test('a peer that before_takeover says is off is not waited for', async () => {
  const { a, b } = await startPair({ lines: SAFE, promptCopies: true });
  await writesTaken(a);
  b.redis.freeze();
  onTestFinished(() => {
    b.redis.thaw();
  });
  const dir = await temporary();
  const toml = [`witness = "${WITNESS}:${String(old.port)}"`, 'before_takeover = "/usr/bin/true"'];
  writeFileSync(join(dir, 'redisha.toml'), toml.join('\n'));
  const settings = await settingsFor(
    { config: join(dir, 'redisha.toml'), option: [], verbose: false },
    { port: String(a.port) },
  );
  // One that was started a moment ago may have forgotten a lease.
  await waitFor(
    'a witness that has been running for longer than a lease lasts',
    WAIT,
    async () => Number(/uptime_in_seconds:(\d+)/.exec(String(await old.ask('INFO', 'server')))?.[1]),
    (seconds) => seconds > 11,
  );
  const positions: string[] = [];
  const licence = licenceOf({
    settings,
    pair: { local: a.address, peer: b.address, port: a.port },
    log: recordingLog().log,
    journal: { append: () => Promise.resolve() },
    runDirectory: dir,
    address: '127.0.0.100',
    moved: (position) => positions.push(position),
    peerSilentMs: () => 1_000,
  });
  onTestFinished(() => licence?.stop());
  await waitFor(
    'a licence',
    WAIT,
    () => positions,
    (found) => found.includes('licensed'),
  );
  const told = positions.slice(positions.indexOf('making-sure') + 1).filter((position) => position !== 'attaching');
  expect([positions.includes('making-sure'), told]).toEqual([true, ['licensed']]);
  await writesTaken(a);
});
