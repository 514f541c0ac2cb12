/** What a start costs, from its beginning to its end. */
import type { Sample } from './samples.ts';
import { measureStartup } from './startup.ts';

export async function startup(turns: number): Promise<readonly Sample[]> {
  const times = await measureStartup(turns);
  return [...times].flatMap(([column, all]) =>
    all.map((ms) => ({ section: 'startup', what: 'start to end', column, figures: { ms } })),
  );
}
