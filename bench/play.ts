/** One life of a pair: acts, one after the other, and a sample of each. */
import { type Account, type Act, Story } from '../test/lib/story.ts';
import { messageOf } from '../test/lib/wait.ts';
import { totalOf } from '../test/lib/history.ts';
import { HOT_PER_S, keeperStopped, moved } from './acts.ts';
import { inOrder, type Rig } from './rig.ts';
import { digits, failed, type Sample } from './samples.ts';
import { TwoMasters } from './two-masters.ts';

/** After so long the client that does all it can gives up an attempt to connect; after twice as long, a request. */
export const CLIENT_MS = Number(process.env['REDISHA_TEST_CLIENT_MS'] ?? 25);

export type Tell = (text: string) => void;

export interface Life {
  readonly section: string;
  readonly column: string;
  readonly acts: readonly Act<Rig>[];
  readonly create: () => Promise<Rig>;
  readonly tell: Tell;
}

/** What is summed up over the acts of a pair. */
const SUMMED = ['lost', 'putAside', 'twice', 'stale'] as const;
type Sums = Readonly<Record<(typeof SUMMED)[number], number>>;

const NOTHING: Sums = { lost: 0, putAside: 0, twice: 0, stale: 0 };

const sumsOf = ({ missing, vanished, hot }: Account): Sums => {
  const total = totalOf(hot);
  return {
    lost: vanished + total.vanished,
    putAside: missing - vanished + total.aside,
    twice: total.twice + total.again,
    stale: total.stale,
  };
};

const grownBy = (now: Sums, before: Sums): Sums =>
  Object.fromEntries(SUMMED.map((name) => [name, Math.max(0, now[name] - before[name])])) as Sums;

const sampleOf = (account: Account, grown: Sums, twoMastersMs: number): Pick<Sample, 'figures' | 'wrong'> => {
  const { gapMs, library, merged, hot, disorder } = account;
  const ofLibrary = library === undefined ? {} : { library: library.gapMs / 1000, libraryOpen: Number(library.isOpen) };
  const figures = { ...ofLibrary, ...grown, merged: merged + totalOf(hot).merged, twoMastersS: twoMastersMs / 1000 };
  return { figures: { seconds: gapMs / 1000, ...figures }, ...(disorder.length === 0 ? {} : { wrong: disorder }) };
};

const lineOf = ({ what, column, figures, wrong = [] }: Sample): string => {
  const said = Object.entries(figures).flatMap(([name, value]) => (value === 0 ? [] : [`${name} ${digits(value)}`]));
  return `${column}: ${what}: ${said.join(', ')}${wrong.length === 0 ? '' : `, NOT IN ORDER: ${wrong.join('; ')}`}`;
};

/** The acts of one pair. Never throws: what could not be played is a sample that says why. */
export async function play({ section, column, acts, create, tell }: Life): Promise<readonly Sample[]> {
  const samples: Sample[] = [];
  const rig = await create();
  try {
    const story = new Story(rig, { hotPerS: HOT_PER_S, library: 'ioredis', clientMs: CLIENT_MS });
    await story.begin();
    let before = NOTHING;
    const one = async (act: Act<Rig>): Promise<void> => {
      const watch = new TwoMasters([rig.a, rig.b]);
      const account = await story.act(act).catch(async (error: unknown) => {
        await watch.end();
        throw error;
      });
      const sums = sumsOf(account);
      const sample = {
        section,
        what: act.name,
        column,
        ...sampleOf(account, grownBy(sums, before), await watch.end()),
      };
      before = sums;
      samples.push(sample);
      tell(lineOf(sample));
    };
    for (const act of acts) {
      await one(act);
      // Without its keepalived a node cannot have the address.
      if (act.whole && act !== keeperStopped && (await isElsewhere(rig))) await one(moved);
    }
  } catch (error) {
    tell(`${column}: ${messageOf(error)}`);
    samples.push(failed(section, column, error));
  } finally {
    await rig.close();
  }
  return samples;
}

/** The role is not at `a`, and can be brought there. */
async function isElsewhere(rig: Rig): Promise<boolean> {
  if (rig.promote === undefined || rig.preferred !== undefined) return false;
  return (await inOrder(rig)) !== rig.a;
}
