/**
 * Whether every increment counts once when the address moves because somebody wants it to: 20 clients of ioredis with the options
 * that they have when nobody sets any, at 2,000 increments a second in all; and how many of them wait for a second SYN.
 */
import { Clients, type Seen, slowestOf } from '../test/lib/clients/clients.ts';
import { broughtBack, move, type MoveName, remembered } from '../test/lib/clients/moves.ts';
import { generated, type ProfileName } from '../test/lib/generated.ts';
import { redisha } from '../test/lib/implementation.ts';
import { electable, oneAfterTheOther } from '../test/lib/kept.ts';
import { ADDRESS, type Node, Pair, PORT } from '../test/lib/pair.ts';
import { messageOf, nowMs } from '../test/lib/wait.ts';
import type { Tell } from './play.ts';
import { failed, type Sample } from './samples.ts';

const MOVED: readonly MoveName[] = ['promote', 'keepalived stopped'];
const CLIENTS = 20;
const WRITES_PER_S = 100;
const MENDED_MS = 20_000;
/** Whoever gets the address tells those clients that it knows. */
const REMEMBERED_MS = 30_000;
/** Just below the second after which a kernel sends a SYN again. */
const SECOND_SYN_MS = 900;

export interface IncrementsSection {
  readonly profile: ProfileName;
  readonly rounds: number;
}

const figuresOf = ({ acked, lost, twice, quietMs, stretchesMs, errors, mended }: Seen): Sample['figures'] => ({
  acked,
  lost,
  twice,
  quiet: quietMs / 1000,
  'second SYN': stretchesMs.filter((ms) => ms >= SECOND_SYN_MS).length,
  READONLY: errors.readonly,
  deaf: slowestOf(mended, ['writer', 'batch', 'popper', 'subscriber']).deaf,
});

/** On files that preempt, the preferred node has the address again at the end. */
async function movedOnce(pair: Pair, name: MoveName, from: Node, isPreempting: boolean): Promise<Seen> {
  const life = await Clients.start(pair.client, [pair.a, pair.b], from, {
    libraries: ['ioredis'],
    clients: CLIENTS,
    writesPerS: WRITES_PER_S,
    prefix: `${name}:${nowMs()}`,
    host: ADDRESS,
    port: PORT,
  });
  try {
    if (name !== 'promote') await remembered(from, REMEMBERED_MS).catch(() => undefined);
    const where = await move(pair, name, from);
    if (isPreempting && name === 'promote') await pair.settled(from);
    // Who is deaf until the end is a figure.
    await life.mended(where, MENDED_MS).catch(() => undefined);
    const [seen] = await life.end(where, isPreempting && name === 'promote' ? from : pair.other(from));
    if (seen === undefined) throw new Error('no client gave an account');
    return seen;
  } finally {
    await life.close();
  }
}

async function roundsOf(pair: Pair, { profile, rounds }: IncrementsSection, tell: Tell): Promise<readonly Sample[]> {
  const isPreempting = profile === 'article';
  const samples: Sample[] = [];
  let from = pair.a;
  for (const name of MOVED) {
    for (let round = 1; round <= rounds; round += 1) {
      const figures = figuresOf(await movedOnce(pair, name, from, isPreempting));
      samples.push({ section: 'increments', what: name, column: profile, figures });
      tell(`${profile}: ${name}, ${round} of ${rounds}: ${JSON.stringify(figures)}`);
      if (!isPreempting) {
        await broughtBack(pair, name, from);
        from = pair.other(from);
      } else if (name !== 'promote') {
        await from.keepalived.start();
        await pair.settled(from);
      }
      await electable(pair);
    }
  }
  return samples;
}

/** One life of a pair. */
export async function increments(options: IncrementsSection, tell: Tell): Promise<readonly Sample[]> {
  const { profile } = options;
  const pair = await Pair.create({ implementation: redisha, files: await generated(profile) });
  try {
    await (profile === 'article' ? pair.start() : oneAfterTheOther(pair));
    return await roundsOf(pair, options, tell);
  } catch (error) {
    tell(`${profile}: ${messageOf(error)}`);
    return [failed('increments', profile, error)];
  } finally {
    await pair.close();
  }
}
