/**
 * What applications see when the address moves: clients of several libraries, with the options that they have when nobody sets
 * any, through one life of a pair. Another build can be measured in the same run, one after the other.
 */
import { resolve } from 'node:path';
import { Clients, type Seen, slowestOf } from '../test/lib/clients/clients.ts';
import { LIBRARIES, whyNoLibrary } from '../test/lib/clients/libraries.ts';
import { broughtBack, move, type MoveName, remembered } from '../test/lib/clients/moves.ts';
import { generated, type ProfileName } from '../test/lib/generated.ts';
import { type Implementation, redisha, redishaOf } from '../test/lib/implementation.ts';
import { electable, oneAfterTheOther } from '../test/lib/kept.ts';
import { ADDRESS, type Node, Pair, PORT } from '../test/lib/pair.ts';
import { messageOf, nowMs } from '../test/lib/wait.ts';
import type { Tell } from './play.ts';
import { failed, type Sample } from './samples.ts';

const MOVED: readonly MoveName[] = ['promote', 'frozen', 'host gone', 'keepalived stopped'];
const WRITES_PER_S = 200;
/** Longer than the keepalive that ioredis and node-redis set, so that "deaf" means: nothing wakes it. */
const OBSERVED_MS = 40_000;
const REMEMBERED_MS = 8_000;

export interface ClientsSection {
  readonly profile: ProfileName;
  /** In all, the same number of each library. */
  readonly clients: number;
  readonly beside: string | undefined;
}

interface Build {
  readonly name: string;
  readonly implementation: Implementation;
  readonly executable?: string;
}

const secondsOf = (
  seen: Seen,
  name: string,
  jobs: Parameters<typeof slowestOf>[1],
): Readonly<Record<string, number>> => {
  const { slowestMs, deaf } = slowestOf(seen.mended, jobs);
  return { ...(slowestMs === 0 ? {} : { [name]: slowestMs / 1000 }), [`${name} never`]: deaf };
};

const figuresOf = (seen: Seen): Sample['figures'] => {
  const { readonly, execabort, unblocked, closed, timeout, other } = seen.errors;
  return {
    READONLY: readonly,
    EXECABORT: execabort,
    UNBLOCKED: unblocked,
    'other errors': closed + timeout + other,
    ...secondsOf(seen, 'writer', ['writer', 'batch']),
    ...secondsOf(seen, 'popper', ['popper']),
    ...secondsOf(seen, 'subscriber', ['subscriber']),
    missed: seen.mended.reduce((sum, { missed }) => sum + missed, 0),
    quiet: seen.quietMs / 1000,
    lost: seen.lost,
    twice: seen.twice,
  };
};

async function seenOf(pair: Pair, name: MoveName, from: Node, inAll: number): Promise<readonly Seen[]> {
  const libraries = LIBRARIES.filter((library) => whyNoLibrary(library) === undefined);
  const life = await Clients.start(pair.client, [pair.a, pair.b], from, {
    libraries,
    clients: Math.ceil(inAll / libraries.length),
    writesPerS: WRITES_PER_S,
    prefix: `${name}:${nowMs()}`,
    host: ADDRESS,
    port: PORT,
  });
  try {
    // A build that asks nobody is given the same time.
    await remembered(from, REMEMBERED_MS).catch(() => undefined);
    const where = await move(pair, name, from);
    // Who is deaf until the end is a figure.
    await life.mended(where, OBSERVED_MS).catch(() => undefined);
    return await life.end(where, pair.other(from));
  } finally {
    await life.close();
  }
}

async function lifeOf(
  build: Build,
  { profile, clients: inAll }: ClientsSection,
  tell: Tell,
): Promise<readonly Sample[]> {
  const samples: Sample[] = [];
  const pair = await Pair.create({
    implementation: build.implementation,
    files: await generated(profile, build.executable),
  });
  try {
    await oneAfterTheOther(pair);
    let from = pair.a;
    for (const name of MOVED) {
      for (const seen of await seenOf(pair, name, from, inAll)) {
        const column = `${seen.title}, ${build.name}`;
        samples.push({ section: 'clients', what: name, column, figures: figuresOf(seen) });
        tell(`${column}: ${name}: ${JSON.stringify(figuresOf(seen))}`);
      }
      await broughtBack(pair, name, from);
      await electable(pair);
      from = pair.other(from);
    }
  } catch (error) {
    tell(`${build.name}: ${messageOf(error)}`);
    samples.push(failed('clients', build.name, error));
  } finally {
    await pair.close();
  }
  return samples;
}

/** One life of a pair for each build. */
export async function clients(options: ClientsSection, tell: Tell): Promise<readonly Sample[]> {
  const { beside } = options;
  const builds: readonly Build[] = [
    ...(beside === undefined
      ? []
      : [{ name: beside, implementation: redishaOf(beside), executable: resolve(beside, 'dist/redisha') }]),
    { name: 'here', implementation: redisha },
  ];
  const samples: Sample[] = [];
  for (const build of builds) samples.push(...(await lifeOf(build, options, tell)));
  return samples;
}
