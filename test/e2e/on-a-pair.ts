/** How an end-to-end test gets a pair, and what its failure says. */
import { PROMISED_MS } from '../../src/core/promises.ts';
import { redisha, whyNoExecutable } from '../lib/implementation.ts';
import type { Listener } from '../lib/listener.ts';
import { CHANNEL } from '../lib/listener-process.ts';
import { whyNoWorld } from '../lib/namespaces.ts';
import { type Node, Pair, type PairOptions } from '../lib/pair.ts';
import { Story, type StoryOptions } from '../lib/story.ts';

/** What two cores that are shared with the other tests may add to any time. */
export const SLACK_MS = 2_000;

/** The article's keepalived: its last advert has priority 0, and the backup waits for the skew of its priority 99 alone. */
export const SKEW_MS = 613;

/** `interval 2` three times (`fall 3`), then the skew: how long the article's keepalived takes by itself. */
export const KEEPALIVED_MS = 3 * 2_000 + SKEW_MS;

/** Three adverts of 3 s that do not come, and the skew. */
export const SILENCE_MS = 3 * 3_000 + SKEW_MS;

/** What a hand-over may cost a client. */
export const HANDOVER_MS = 500 + SLACK_MS;

/** A frozen Redis costs each check up to its deadline, so the third failure comes later than that of a dead one. */
export const CHECKS_MS = 8_000;

export const boundOf = (profile: 'fast' | 'balanced', act: string): number =>
  (Object.entries(PROMISED_MS[profile]).find(([word]) => act.includes(word))?.[1] ?? 500) + SLACK_MS;

/** Deaf it would be for good. */
const HEARS_MS = 20_000;

/** Whoever leads, it is heard by a client that only listens at the address. */
export const heardBy = async (listener: Listener, { a, b }: Pair, message: string): Promise<void> => {
  const publish = () => Promise.allSettled([a, b].map(({ redis }) => redis.ask('PUBLISH', CHANNEL, message)));
  await listener.hears(message, HEARS_MS, publish);
};

const whyNot = await whyNoWorld();
if (whyNot !== undefined) console.warn(`\n  SKIPPED, end to end: ${whyNot}\n`);

/** Hosts can be made here; where they cannot, the tests that need them are skipped with a loud reason. */
export const hostsPossible = whyNot === undefined;

interface OnPairOptions extends Partial<PairOptions>, StoryOptions {
  /** How the pair starts, when not whole. */
  readonly start?: (pair: Pair) => Promise<void>;
}

/** The body runs on a pair that is up and in order; a failure carries the logs; nothing is left afterwards. */
export async function onPair(body: (story: Story) => Promise<void>, options: OnPairOptions = {}): Promise<void> {
  const missing = whyNoExecutable();
  if (missing !== undefined) throw new Error(missing);
  const { start, hotPerS, ...rest } = options;
  const pair = await Pair.create({ implementation: redisha, ...rest });
  try {
    const story = new Story(pair, hotPerS === undefined ? {} : { hotPerS });
    await story.begin(start);
    await body(story);
  } catch (error) {
    if (error instanceof Error) error.message += `\n${await lastWords(pair)}`;
    throw error;
  } finally {
    await pair.close();
  }
}

async function lastWords(pair: Pair): Promise<string> {
  const parts = await Promise.all([pair.a, pair.b].map(nodeWords));
  return parts.join('\n');
}

async function nodeWords(node: Node): Promise<string> {
  if (!node.host.up) return `--- ${node.host.name}: down`;
  const log = await node.host.run(['tail', '-n', '60', '/var/log/redisha/redisha.log']);
  const vrrp = node.keepalived.log.split('\n').filter((line) => /STATE|chk_redis|priority 0/.test(line));
  return [`--- ${node.host.name}: redisha.log`, log.stdout || log.stderr, '--- keepalived', ...vrrp.slice(-20)].join(
    '\n',
  );
}
