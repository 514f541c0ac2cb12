/** The resident on real keepalived: whatever becomes of its processes, somebody looks, and nothing moves. */
import { readFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import { generated } from '../lib/generated.ts';
import { electable, oneAfterTheOther } from '../lib/kept.ts';
import type { Node, NodeFiles, Pair } from '../lib/pair.ts';
import { residentsOf, type Residents } from '../lib/residents.ts';
import type { Act } from '../lib/story.ts';
import { clockReaches, nowMs, waitFor } from '../lib/wait.ts';
import { hostsPossible, onPair, SLACK_MS } from './on-a-pair.ts';

/** Two are there again within 2 s, on a machine that does nothing else. */
const BACK_MS = 2_000 + 2 * SLACK_MS;

/** Longer than anything that somebody waits for before it takes a node for unfit. */
const WATCHED_MS = 6_000;

const logOf = (node: Node) => (): string => {
  try {
    return readFileSync(node.host.file('/var/log/redisha/redisha.log'), 'utf8');
  } catch {
    return '';
  }
};

const residents = (node: Node): Promise<Residents> => residentsOf(node.host, logOf(node), BACK_MS);

type Blow = (node: Node, found: Residents) => Promise<unknown>;

const signal = (node: Node, name: string, ...pids: readonly number[]): Promise<unknown> =>
  node.host.run(['kill', `-${name}`, ...pids.map(String)]);

/** Ten seconds without a look, two times the three between two scripts, and a start. */
const LAST_LINE_MS = 20_000 + 6 * SLACK_MS;

const BLOWS: Readonly<Record<string, Blow>> = {
  'the one at work is killed': (node, { atWork }) => signal(node, 'KILL', atWork),
  'its guard is killed': (node, { guard }) => signal(node, 'KILL', guard),
  'the one at work is stopped': (node, { atWork }) => signal(node, 'STOP', atWork),
  'its guard is stopped': (node, { guard }) => signal(node, 'STOP', guard),
  'signals that are not meant for it': (node, { atWork }) =>
    Promise.all(['USR1', 'USR2', 'HUP'].map((name) => signal(node, name, atWork))),
  'keepalived reads its configuration anew': (node) => Promise.resolve(node.keepalived.reload()),
};

/** Only keepalived is left to notice it, and its adverts can afford that with `balanced` alone. */
const bothKilled: Act = {
  name: 'both are killed at the same moment',
  whole: true,
  settleMs: 30_000,
  async play({ pair }) {
    const { a } = pair;
    const { atWork, guard } = await residents(a);
    await signal(a, 'KILL', guard, atWork);
    await waitFor(
      'another resident',
      { deadlineMs: LAST_LINE_MS },
      () => residents(a),
      (found) => found.atWork !== atWork,
    );
    return a;
  },
};

const blow = (name: string, strike: Blow): Act => ({
  name,
  whole: true,
  settleMs: 30_000,
  async play({ pair }: { pair: Pair }) {
    const fromMs = nowMs();
    for (const node of [pair.a, pair.b]) await strike(node, await residents(node));
    await clockReaches(fromMs + WATCHED_MS);
    for (const node of [pair.a, pair.b]) await residents(node);
    return pair.a;
  },
});

const moves = ({ a, b }: Pair): readonly number[] =>
  [a, b].map(({ keepalived }) => keepalived.log.match(/Entering (?:MASTER|BACKUP|FAULT) STATE/g)?.length ?? 0);

/** Without CAP_SYS_RESOURCE, as in a container, the kernel kills a keepalived of real-time priority some seconds after a reload. */
const OF_REAL_TIME = /^\s*(?:vrrp_rt_priority|vrrp_no_swap|vrrp_rlimit_rttime) .*\n|^\s*vrrp_no_swap\n/gm;

const plain = (files: NodeFiles): NodeFiles => ({
  ...files,
  keepalivedConf: files.keepalivedConf
    .replace(OF_REAL_TIME, '')
    .replace(/max_auto_priority \d+/, 'max_auto_priority 0'),
});

const inLeisure = async (profile: 'fast' | 'balanced'): Promise<Record<'a' | 'b', NodeFiles>> => {
  const { a, b } = await generated(profile);
  return { a: plain(a), b: plain(b) };
};

describe.runIf(hostsPossible)('the resident', () => {
  test.each(['fast', 'balanced'] as const)('%s: killed, stopped, reloaded: nothing moves', async (profile) => {
    await onPair(
      async (story) => {
        await electable(story.pair);
        const acts = Object.entries(BLOWS).map(([name, strike]) => blow(name, strike));
        for (const act of profile === 'balanced' ? [...acts, bothKilled] : acts) {
          const { name } = act;
          const before = moves(story.pair);
          const account = await story.act(act);
          expect(account, name).toMatchObject({ vanished: 0, missing: 0, disorder: [] });
          expect(account.gapMs, name).toBeLessThanOrEqual(SLACK_MS);
          expect(moves(story.pair), name).toEqual(before);
        }
      },
      { files: await inLeisure(profile), start: oneAfterTheOther },
    );
  });
});
