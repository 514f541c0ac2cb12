/** The shortest story that still ends in the same way. */
import type { TellOptions } from './run.ts';
import { tell } from './run.ts';
import type { Story } from './story.ts';

/** Leaves out one blow after the other, as long as one of the same invariants is still broken. */
export const shrink = async (story: Story, options: TellOptions = {}): Promise<Story> => {
  const invariants = new Set((await tell(story, options)).violations.map(({ invariant }) => invariant));
  const fails = async (shorter: Story): Promise<boolean> =>
    (await tell(shorter, options)).violations.some(({ invariant }) => invariants.has(invariant));
  let short = story;
  for (let at = story.blows.length - 1; at >= 0; at--) {
    const without = { ...short, blows: short.blows.filter((_, index) => index !== at) };
    if (await fails(without)) short = without;
  }
  return short;
};
