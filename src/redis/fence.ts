/**
 * The fence: min-replicas-to-write set so high that no write is taken.
 *
 * It carries in its own values what it replaced (`FENCE_BASE` plus the old value), so that any redisha on either node can
 * take it down exactly, without a state file, whoever put it up and was killed. And it carries a beat: the lag is once or
 * twice `FENCE_BASE` in turn, each time that it is raised anew, so that everybody sees that somebody still wants it.
 * Source: redis/src/server.c checkGoodReplicasStatus: the two settings count only when both are above zero.
 */
import type { Answering, Fence } from '../core/model.ts';

const FENCE_BASE = 1_000_000;

/** What the two parameters are set to while the fence is up; of one that is up already, with the next beat. */
export const fenced = ({ minReplicasToWrite, minReplicasMaxLag, beat }: Fence): Fence => ({
  minReplicasToWrite: FENCE_BASE + minReplicasToWrite,
  minReplicasMaxLag: (beat === 1 ? 2 : 1) * FENCE_BASE + minReplicasMaxLag,
});

/** The values from before the fence, and its beat, or `undefined` where no fence is up; of half a fence too. */
export const beforeFence = ({ minReplicasToWrite, minReplicasMaxLag }: Fence): Fence | undefined =>
  minReplicasToWrite >= FENCE_BASE
    ? {
        minReplicasToWrite: minReplicasToWrite % FENCE_BASE,
        minReplicasMaxLag: minReplicasMaxLag % FENCE_BASE,
        beat: Math.floor(minReplicasMaxLag / FENCE_BASE),
      }
    : undefined;

/** Source: Redis 5.0 release notes; the old names stay as aliases. */
const family = (majorVersion: number): string => (majorVersion >= 5 ? 'min-replicas' : 'min-slaves');

/** The names of the two parameters. */
export const fenceNames = (majorVersion: number): readonly [toWrite: string, maxLag: string] => [
  `${family(majorVersion)}-to-write`,
  `${family(majorVersion)}-max-lag`,
];

/** What matches the two, and nothing else. */
export const fencePattern = (majorVersion: number): string => `${family(majorVersion)}-*`;

type Command = readonly string[];

/**
 * Since 7.0 one command sets both. Before, whoever sees only the first of two has to see a fence, with the values that it
 * replaced: so the number of replicas goes first on the way up, and last on the way down.
 * Source: Redis 7.0 release notes, CONFIG SET of several parameters.
 */
const settingBoth = (majorVersion: number, inTurn: readonly Command[]): readonly Command[] =>
  majorVersion >= 7
    ? [['CONFIG', 'SET', ...inTurn.flat()]]
    : inTurn.map((parameter) => ['CONFIG', 'SET', ...parameter]);

const parametersOf = (majorVersion: number, { minReplicasToWrite, minReplicasMaxLag }: Fence) => {
  const [toWrite, maxLag] = fenceNames(majorVersion);
  return [
    [toWrite, String(minReplicasToWrite)],
    [maxLag, String(minReplicasMaxLag)],
  ] as const;
};

export const fenceUp = (majorVersion: number, values: Fence): readonly Command[] =>
  settingBoth(majorVersion, parametersOf(majorVersion, values));

export const fenceDown = (majorVersion: number, values: Fence): readonly Command[] =>
  settingBoth(majorVersion, parametersOf(majorVersion, values).toReversed());

/** Where nobody may ask, Redis' own default is the longest that anybody has a reason to set. Source: redis.conf. */
export const UNREAD: Fence = { minReplicasToWrite: 1, minReplicasMaxLag: 10 };

/** A fence that replaced no count of replicas is all that the server counts them for. */
export const countedBy = (
  { minReplicasToWrite: toWrite, minReplicasMaxLag: maxLagSeconds }: Fence,
  good: number,
): Pick<Answering, 'counted'> =>
  toWrite > 0 && maxLagSeconds > 0 ? { counted: { toWrite, maxLagSeconds, good } } : {};
