/**
 * The servers that the tests know: which suite has them, what was recorded of each, and where they are on this machine.
 *
 * A suite moves. What it has today is asked for and used; what is newer than the version recorded here is run and told,
 * and cannot fail a run by itself: nobody has looked at it yet.
 */
import { existsSync, mkdirSync, readFileSync, renameSync, statSync, writeFileSync } from 'node:fs';
import { homedir } from 'node:os';
import { join } from 'node:path';
import { messageOf } from '../wait.ts';
import { findMirror, FRESH_MS, Suite, upstreamOf } from './apt.ts';
import { unpack } from './unpack.ts';

export type Product = 'redis' | 'valkey' | 'keepalived';

export interface Known {
  /** `SUITE/PRODUCT`. */
  readonly id: string;
  readonly suite: string;
  readonly product: Product;
  /** The newest version that the tests were seen to pass with. */
  readonly recorded: string;
}

const known = (suite: string, product: Product, recorded: string): Known => ({
  id: `${suite}/${product}`,
  suite,
  product,
  recorded,
});

/** Oldest first. */
export const KNOWN: readonly Known[] = [
  known('bullseye', 'redis', '6.0.16'),
  known('bookworm', 'redis', '7.0.15'),
  known('trixie', 'redis', '8.0.2'),
  known('sid', 'redis', '8.0.6'),
  known('experimental', 'redis', '8.6.3'),
  known('bookworm-backports', 'valkey', '8.0.1'),
  known('trixie', 'valkey', '8.1.1'),
  known('sid', 'valkey', '9.1.2'),
  known('bullseye', 'keepalived', '2.1.5'),
  known('bookworm', 'keepalived', '2.2.7'),
  known('trixie', 'keepalived', '2.3.3'),
  known('sid', 'keepalived', '2.3.4'),
];

/** A suite that only adds to another one. */
const BASES: Readonly<Record<string, string>> = { experimental: 'sid', 'bookworm-backports': 'bookworm' };

/** The packages that have a product's programs, the one with the service first. */
const PACKAGES: Readonly<Record<Product, readonly string[]>> = {
  redis: ['redis-server', 'redis-tools'],
  valkey: ['valkey-server', 'valkey-tools'],
  keepalived: ['keepalived'],
};

/** A product that can be started on this machine. */
export interface Here extends Known {
  readonly title: string;
  readonly version: string;
  /** The directory of its programs. */
  readonly bin: string;
  readonly isNewer: boolean;
}

export interface Missing extends Known {
  readonly title: string;
  /** Why it cannot be started here. */
  readonly missing: string;
}

export type Found = Here | Missing;

/** In the title of a test that is about several servers, where one of them is newer: as a project of that server, it fails no run. */
export const NEWER = 'newer than recorded';

export const isThere = (found: Found): found is Here => 'bin' in found;

/** Outside the copy of the sources, so that a fresh one need not fetch everything again. */
const cacheDir = (): string =>
  process.env['REDISHA_TEST_CACHE'] ??
  join(process.env['XDG_CACHE_HOME'] ?? join(homedir(), '.cache'), 'redisha', 'suites');

const MANIFEST = 'programs.json';

/** `8.0.10` is newer than `8.0.6`. */
export const isNewer = (version: string, recorded: string): boolean => {
  const [one, other] = [version, recorded].map((text) => text.split('.').map(Number)) as [number[], number[]];
  const at = one.findIndex((part, index) => part !== (other[index] ?? 0));
  return at >= 0 && (one[at] ?? 0) > (other[at] ?? 0);
};

const NAMES: Readonly<Record<Product, string>> = { redis: 'Redis', valkey: 'Valkey', keepalived: 'keepalived' };

const missing = (one: Known, why: string): Found => ({
  ...one,
  title: `${NAMES[one.product]} ${one.recorded} (${one.suite})`,
  missing: why,
});

const fetchOne = async (one: Known, suite: Suite): Promise<Found> => {
  const [service = '', ...rest] = PACKAGES[one.product];
  const closure = await suite.closure(service);
  const debian = closure.find(({ name }) => name === service)?.version;
  if (debian === undefined) return missing(one, `the suite has no ${service}`);
  const home = join(cacheDir(), one.suite, `${one.product}-${debian.replaceAll(/[^\w.+~-]/g, '_')}`);
  await unpack(suite, [service, ...rest], closure, home);
  const version = upstreamOf(debian);
  const bin = join(home, one.product === 'keepalived' ? 'usr/sbin' : 'usr/bin');
  const title = `${NAMES[one.product]} ${version} (${one.suite})`;
  return { ...one, title, version, bin, isNewer: isNewer(version, one.recorded) };
};

const fetchSuite = async (name: string, mirror: string): Promise<readonly Found[]> => {
  const ours = KNOWN.filter(({ suite }) => suite === name);
  try {
    const suite = new Suite(name, BASES[name], mirror, join(cacheDir(), name, 'apt'));
    await suite.refresh();
    const found: Found[] = [];
    for (const one of ours) {
      found.push(await fetchOne(one, suite).catch((error: unknown) => missing(one, firstLine(error))));
    }
    return found;
  } catch (error) {
    return ours.map((one) => missing(one, firstLine(error)));
  }
};

const firstLine = (error: unknown): string => {
  const text = messageOf(error);
  return (/E: (.*)/.exec(text)?.[1] ?? text).split('\n', 1)[0] ?? text;
};

/** What was asked for today is not asked for again, as long as it is there and the list is the same. */
const fetchedToday = (): readonly Found[] | undefined => {
  const age = Date.now() - (statSync(join(cacheDir(), MANIFEST), { throwIfNoEntry: false })?.mtimeMs ?? 0);
  const found = lastFetched();
  const isSame = found.length === KNOWN.length && KNOWN.every(({ id }, at) => found[at]?.id === id);
  const isHere = found.every((one) => isThere(one) && existsSync(one.bin));
  return age < FRESH_MS && isSame && isHere ? found : undefined;
};

/** Every product of every suite is on this machine afterwards, as far as it can be had; the others say why not. */
export const fetchAll = async (): Promise<readonly Found[]> => {
  const today = fetchedToday();
  if (today !== undefined) return today;
  mkdirSync(cacheDir(), { recursive: true });
  const mirror = await findMirror();
  const suites = [...new Set(KNOWN.map(({ suite }) => suite))];
  const found =
    mirror === undefined
      ? KNOWN.map((one) => missing(one, 'this machine gets no packages from a Debian mirror'))
      : (await Promise.all(suites.map((suite) => fetchSuite(suite, mirror)))).flat();
  const inOrder = KNOWN.flatMap(({ id }) => found.filter((one) => one.id === id));
  const part = join(cacheDir(), `${MANIFEST}.${String(process.pid)}`);
  writeFileSync(part, `${JSON.stringify(inOrder, undefined, 2)}\n`);
  renameSync(part, join(cacheDir(), MANIFEST));
  return inOrder;
};

/** What {@link fetchAll} found last; nothing is fetched. */
export const lastFetched = (): readonly Found[] => {
  const file = join(cacheDir(), MANIFEST);
  if (!existsSync(file)) return KNOWN.map((one) => missing(one, 'nobody has fetched it yet: npm test does'));
  return JSON.parse(readFileSync(file, 'utf8')) as readonly Found[];
};
