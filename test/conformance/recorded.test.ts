/** What real servers did, as it was recorded, against what the simulator's model servers and `relation` make of it. */
import { describe, expect, test } from 'vitest';
import { isContained, isHarmless, lacks, type Relation, relation } from '../../src/core/relation.ts';
import { INDICES, NAMES, other } from '../sim/words.ts';
import { toldByModel } from './model-pair.ts';
import { historyIn, recordings, type Step } from './recorded.ts';
import { inWords, placed, type Seen } from './seen.ts';

const recorded = recordings();

const told = ({ operation, said, late, seen }: Step): object => ({ operation, said, late, ...inWords(seen) });

test('the recording has something of everything', () => {
  const steps = recorded.flatMap((recording) => recording.steps);
  const kinds = new Set(steps.map(({ operation }) => operation.do));
  expect(kinds.size).toBe(20);
  const said = new Set(steps.flatMap((step) => [step.said, ...step.late]));
  for (const word of ['OK', 'held', 'READONLY', 'NOREPLICAS']) expect(said).toContain(word);
});

describe('the model servers tell what real servers did', () => {
  test.each(recorded.map((recording) => [recording.seed, recording] as const))('seed %i', async (_, recording) => {
    const model = await toldByModel(historyIn(recording));
    expect(model.map(told)).toEqual(recording.steps.map(told));
  });
});

interface Compared {
  readonly where: string;
  readonly found: Relation['kind'];
  readonly lost: number;
  readonly lacking: number;
  readonly lacks: boolean;
  readonly isContained: boolean;
}

const missing = (one: Seen, from: Seen): number => one.writes.filter((write) => !from.writes.includes(write)).length;

/** Every pair of servers that could be read at one moment, in both directions, with what each really held. */
const compared: readonly Compared[] = recorded.flatMap(({ seed, steps }) =>
  steps.flatMap(({ seen }, nth) =>
    INDICES.flatMap((index): Compared[] => {
      const [loser, winner] = [seen[index], seen[other(index)]];
      if (typeof loser === 'string' || typeof winner === 'string') return [];
      const sides = [placed(loser), placed(winner)] as const;
      return [
        {
          where: `seed ${String(seed)}, step ${String(nth)}, ${NAMES[index]} loses`,
          found: relation(...sides).kind,
          lost: missing(loser, winner),
          lacking: missing(winner, loser),
          lacks: lacks(...sides),
          isContained: isContained(...sides),
        },
      ];
    }),
  ),
);

describe('relation, of what real servers said and held', () => {
  test('calls harmless only what loses nothing', () => {
    const wrong = compared.filter(({ found, lost }) => isHarmless({ kind: found } as Relation) && lost > 0);
    expect(wrong).toEqual([]);
  });

  test('says of a winner that it holds all of the loser only where it does', () => {
    expect(compared.filter((one) => one.isContained && one.lost > 0)).toEqual([]);
  });

  test('calls the same only what is the same, and ahead only what holds everything', () => {
    const more = compared.filter(({ found, lacking }) => (found === 'same' || found === 'ahead') && lacking > 0);
    expect(more).toEqual([]);
  });

  test('says that one lacks something only where the other holds all of it', () => {
    expect(compared.filter((one) => one.lacks && one.lost > 0)).toEqual([]);
  });

  test('is put to every kind of question', () => {
    const count = (kind: Relation['kind']): number => compared.filter(({ found }) => found === kind).length;
    for (const kind of ['empty', 'same', 'prefix', 'ahead', 'diverged', 'unrelated'] as const)
      expect(count(kind), kind).toBeGreaterThan(10);
    expect(compared.filter((one) => one.lost > 0 && one.lacking > 0).length).toBeGreaterThan(10);
  });
});
