/** One life of a pair: acts, one after the other, and a sample of each. */
import { type Account, type Act, Story } from '../test/lib/story.ts';
import { messageOf } from '../test/lib/wait.ts';
import { keeperStopped, moved } from './acts.ts';
import { inOrder, type Rig } from './rig.ts';
import { digits, failed, type Sample } from './samples.ts';
import { TwoMasters } from './two-masters.ts';

/** Beside a thousand writes a second to keys of the writer's own. */
const HOT_PER_S = 100;

export type Tell = (text: string) => void;

export interface Life {
  readonly section: string;
  readonly column: string;
  readonly acts: readonly Act<Rig>[];
  readonly create: () => Promise<Rig>;
  readonly tell: Tell;
}

/** The growth of the sums by one act. */
interface Grown {
  readonly lost: number;
  readonly putAside: number;
}

const sampleOf = (account: Account, grown: Grown, twoMastersMs: number): Pick<Sample, 'figures' | 'wrong'> => ({
  figures: { seconds: account.gapMs / 1000, ...grown, twoMastersS: twoMastersMs / 1000 },
  ...(account.disorder.length === 0 ? {} : { wrong: account.disorder }),
});

/** The acts of one pair. Never throws: what could not be played is a sample that says why. */
export async function play({ section, column, acts, create, tell }: Life): Promise<readonly Sample[]> {
  const samples: Sample[] = [];
  const rig = await create();
  try {
    const story = new Story(rig, { hotPerS: HOT_PER_S });
    await story.begin();
    let before: Grown = { lost: 0, putAside: 0 };
    const one = async (act: Act<Rig>): Promise<void> => {
      const watch = new TwoMasters([rig.a, rig.b]);
      const account = await story.act(act).catch(async (error: unknown) => {
        await watch.end();
        throw error;
      });
      const sum = { lost: account.vanished, putAside: account.missing + account.hotMissing - account.vanished };
      const lost = Math.max(0, sum.lost - before.lost);
      const putAside = Math.max(0, sum.putAside - before.putAside);
      before = sum;
      const twoMastersMs = await watch.end();
      samples.push({ section, what: act.name, column, ...sampleOf(account, { lost, putAside }, twoMastersMs) });
      const wrong = account.disorder.length === 0 ? '' : `, NOT IN ORDER: ${account.disorder.join('; ')}`;
      tell(`${column}: ${act.name}: ${digits(account.gapMs / 1000)} s, ${lost} lost, ${putAside} put aside${wrong}`);
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
