/**
 * Packages of another Debian suite, through this machine's own mirror, without this machine noticing: apt gets a state, a
 * cache and a list of sources of its own, and nothing is installed.
 *
 * Source: apt.conf(5), the groups Dir and APT; apt-get(8), --simulate and indextargets.
 */
import { mkdirSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { run, runOk } from '../process.ts';

const KEYRING = '/usr/share/keyrings/debian-archive-keyring.gpg';
/** Suites move slowly: their lists are asked for once a day. */
export const FRESH_MS = 24 * 3600 * 1000;
const UPDATE_MS = 120_000;
const DOWNLOAD_MS = 300_000;

export interface Package {
  readonly name: string;
  /** Debian's version: epoch, upstream's, revision. */
  readonly version: string;
}

/** `5:8.0.2-3+deb13u3` is `8.0.2`, `9.1.2+dfsg1-1` is `9.1.2`. */
export const upstreamOf = (version: string): string => /^(?:\d+:)?([\d.]+)/.exec(version)?.[1] ?? version;

/** Where this machine gets Debian from; `undefined` where it is no Debian, or has not asked for its own lists yet. */
export const findMirror = async (): Promise<string | undefined> => {
  const format = '$(ORIGIN) $(COMPONENT) $(REPO_URI)';
  const { stdout } = await run(['apt-get', 'indextargets', '--format', format, 'Created-By: Packages']).catch(() => ({
    stdout: '',
  }));
  const uris = stdout.split('\n').flatMap((line) => /^Debian main (\S+)$/.exec(line)?.[1] ?? []);
  return uris.find((uri) => !uri.includes('security'));
};

/** One suite as apt sees it. */
export class Suite {
  readonly name: string;
  readonly #dir: string;
  readonly #aptGet: readonly string[];

  /** `base` is what the suite only adds to, as backports and experimental do; `arch` is Debian's name of another processor. */
  constructor(name: string, base: string | undefined, mirror: string, dir: string, arch?: string) {
    this.name = name;
    this.#dir = dir;
    const at = (path: string): string => join(dir, path);
    for (const path of ['lists/partial', 'cache/archives/partial']) mkdirSync(at(path), { recursive: true });
    writeFileSync(at('status'), '');
    const source = (suite: string): string => `deb [signed-by=${KEYRING}] ${mirror} ${suite} main\n`;
    writeFileSync(at('sources.list'), [...(base === undefined ? [] : [base]), name].map(source).join(''));
    const settings = {
      Dir: '/',
      'Dir::State': dir,
      'Dir::State::lists': at('lists'),
      'Dir::State::status': at('status'),
      'Dir::Cache': at('cache'),
      'Dir::Etc::sourcelist': at('sources.list'),
      'Dir::Etc::sourceparts': '-',
      'Dir::Etc::preferences': '-',
      'Dir::Etc::preferencesparts': '-',
      'Acquire::Languages': 'none',
      'Acquire::Retries': '2',
      // The directories are ours alone, and the user _apt may not enter them.
      'APT::Sandbox::User': 'root',
      'APT::Default-Release': name,
      ...(arch === undefined ? {} : { 'APT::Architecture': arch, 'APT::Architectures': arch }),
    };
    const options = Object.entries(settings).flatMap(([key, value]) => ['-o', `${key}=${value}`]);
    // Two test runs may ask at the same moment, and apt-get does not wait for its lists.
    this.#aptGet = ['flock', at('lock'), 'apt-get', '-q', ...options];
  }

  /** The lists are of today. @throws where the mirror does not have the suite, or does not answer. */
  async refresh(): Promise<void> {
    const stamp = join(this.#dir, 'refreshed');
    const ageMs = Date.now() - (statSync(stamp, { throwIfNoEntry: false })?.mtimeMs ?? 0);
    if (ageMs < FRESH_MS) return;
    // apt-get update ends with 0 where it could get nothing but has old lists.
    await runOk([...this.#aptGet, '--error-on=any', 'update'], { timeoutMs: UPDATE_MS });
    writeFileSync(stamp, '');
  }

  /** Everything that an empty machine would have to install for `wanted`, itself included, without what is only recommended. */
  async closure(...wanted: readonly string[]): Promise<readonly Package[]> {
    const words = ['--simulate', '--no-install-recommends', 'install', ...wanted];
    const text = await runOk([...this.#aptGet, ...words], { timeoutMs: 60_000 });
    return [...text.matchAll(/^Inst (\S+) \((\S+) /gm)].map(([, name = '', version = '']) => ({ name, version }));
  }

  /** The package files lie in `dir` afterwards. */
  async download(packages: readonly Package[], dir: string): Promise<void> {
    const words = packages.map(({ name, version }) => `${name}=${version}`);
    const inDir = ['sh', '-c', 'cd "$1" && shift && exec "$@"', 'sh', dir];
    await runOk([...inDir, ...this.#aptGet, 'download', ...words], { timeoutMs: DOWNLOAD_MS });
  }
}
