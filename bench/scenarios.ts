/** What the proof shows: what happens to a pair, who has to deal with it, and what each of them guarantees. Pure. */
import { type Disturbance, PROMISED_MS } from '../src/core/promises.ts';
import { type Sample, type Spread, spreadOf } from './samples.ts';

export interface Who {
  readonly column: string;
  readonly title: string;
  readonly colour: string;
  readonly isOurs: boolean;
}

const who = (column: string, title: string, colour: string, isOurs: boolean): Who => ({
  column,
  title,
  colour,
  isOurs,
});

/** The colours are told apart by people who see few of them, on white and on black. */
export const WHO: readonly Who[] = [
  who('scripts', 'the scripts', '#b0413e', false),
  who('sentinel', 'Sentinel of Redis', '#7f7f7f', false),
  who('valkey sentinel', 'Sentinel of Valkey', '#b58900', false),
  who('article', 'redisha, article', '#8a6fb3', true),
  who('balanced', 'redisha, balanced', '#2f8f7f', true),
  who('fast', 'redisha, fast', '#2f7fd0', true),
  who('witness', 'redisha, fast, witness', '#1f5f9f', true),
];

export interface Scenario {
  readonly title: string;
  /** In plain sentences, for a reader who has not seen the program. */
  readonly story: string;
  /** The acts that are this scenario. */
  readonly acts: readonly string[];
  /** What `redisha config` promises for it, as far as there is a time. */
  readonly promise: Disturbance | undefined;
  /** What happens to acknowledged writes by the design of redisha. */
  readonly ours: string;
  /** What others guarantee. */
  readonly others?: Readonly<Record<string, string>>;
}

const KEPT = 'every acknowledged write is in the dataset or in a rescue file';

export const SCENARIOS: readonly Scenario[] = [
  {
    title: 'The role is moved by hand',
    story:
      'A person moves the role while both nodes are well: `redisha promote`, `SENTINEL FAILOVER`, and for Valkey ' +
      '`SENTINEL FAILOVER … COORDINATED`. The scripts have no command for it. On the files of `article` the address ' +
      'goes back by itself, and that time is in the figure.',
    acts: ['the role moved by hand'],
    promise: 'promote',
    ours: 'no write is lost',
    others: { 'valkey sentinel': 'no write is lost' },
  },
  {
    title: 'keepalived is stopped',
    story:
      'keepalived beside the master is stopped by SIGTERM, as where systemd does not stop it. Redis goes on. `redisha step-down`, ' +
      'which systemd runs first, is not in these figures. With Sentinel, the Sentinel beside the master is stopped: nothing has ' +
      'to move.',
    acts: ['keepalived stopped'],
    promise: 'stopped',
    ours: 'no write is lost',
    others: { sentinel: 'nothing moves', 'valkey sentinel': 'nothing moves' },
  },
  {
    title: 'Redis is killed',
    story: 'SIGKILL to the master. Redis replicates asynchronously, so nobody can keep what it had not sent yet.',
    acts: ['Redis killed'],
    promise: 'killed',
    ours: 'what the master had not sent may be lost, unless it is on its disk',
  },
  {
    title: 'Redis is frozen',
    story: 'SIGSTOP to the master for 12 s: connections stay open, and nothing answers.',
    acts: ['Redis frozen'],
    promise: 'frozen',
    ours: KEPT,
  },
  {
    title: 'The host is gone',
    story: 'The host of the master loses its power, and says nothing to anybody.',
    acts: ['host gone'],
    promise: 'gone',
    ours: 'what the master had not sent may be lost, unless it is on its disk',
  },
  {
    title: 'The old master comes back',
    story:
      'Four ways: the killed Redis starts with its data, the frozen one goes on, the host boots, keepalived or Sentinel is started. ' +
      'With the scripts and with `article` the address goes back to it.',
    acts: [
      'the old master returns with its data',
      'the frozen Redis goes on',
      'the host boots again',
      'keepalived started again',
    ],
    promise: undefined,
    ours: KEPT,
  },
  {
    title: 'The network breaks, and each side writes keys of its own',
    story:
      'Nothing reaches the master any more, until 8 s after the other node has taken over. A client on each host goes on with 200 ' +
      'writes a second to keys of its own. With Sentinel that client asks the Sentinel of its host. Then the network is whole again.',
    acts: ['cut off, each side writes keys of its own'],
    promise: 'cut off',
    ours: KEPT,
  },
  {
    title: 'The network breaks, and both sides write the same keys',
    story:
      'The same, and every client also works on the same few keys: two counters, a list, a queue, a register and a set, ' +
      '100 times a second. What both sides have changed cannot be merged. Without a witness the preferred node leads again, so what ' +
      'the other node took is put aside, although more clients wrote there.',
    acts: ['cut off, both sides write the same keys'],
    promise: 'cut off',
    ours: KEPT,
  },
];

/** One scenario of one column. */
export interface Outcome {
  readonly who: Who;
  readonly n: number;
  readonly figures: ReadonlyMap<string, Spread>;
  /** How often the client of the library did not work again while it was watched. */
  readonly open: number;
  /** How often it took longer than promised. */
  readonly late: number;
  /** How often the pair was not in order afterwards. */
  readonly wrong: number;
}

const PROFILES = ['article', 'balanced', 'fast'] as const;

/** The longest time without a write that the files promise; with a witness they promise none. */
function promisedSOf({ promise }: Scenario, { column }: Who): number | undefined {
  const profile = PROFILES.find((name) => name === column);
  if (profile === undefined || promise === undefined) return undefined;
  return PROMISED_MS[profile][promise] / 1000;
}

/** As exact as it is printed. */
const toPrinted = (seconds: number): number => Math.round(seconds * 100) / 100;

/** What was measured of one scenario; several acts of one scenario are one crowd of measurements. */
export function outcomesOf(samples: readonly Sample[], scenario: Scenario): readonly Outcome[] {
  const { acts } = scenario;
  return WHO.flatMap((one) => {
    const own = samples.filter(({ what, column }) => column === one.column && acts.includes(what));
    const names = [...new Set(own.flatMap(({ figures }) => Object.keys(figures)))];
    const figures = new Map(
      names.flatMap((name) => {
        const spread = spreadOf(own.flatMap((sample) => sample.figures[name] ?? []));
        return spread === undefined ? [] : [[name, spread] as const];
      }),
    );
    const count = (is: (sample: Sample) => boolean): number => own.filter(is).length;
    const promisedS = promisedSOf(scenario, one) ?? Number.POSITIVE_INFINITY;
    const counts = {
      n: own.length,
      open: count((sample) => sample.figures['libraryOpen'] === 1),
      late: count((sample) => toPrinted(sample.figures['seconds'] ?? 0) > promisedS),
      wrong: count((sample) => sample.wrong !== undefined),
    };
    return own.length === 0 ? [] : [{ who: one, figures, ...counts }];
  });
}

/** What is promised by design; empty where nothing is. */
export function guaranteeOf(scenario: Scenario, one: Who): string {
  const other = scenario.others?.[one.column];
  if (other !== undefined || !one.isOurs) return other ?? '';
  if (one.column === 'witness') return `at most one node takes writes; ${scenario.ours}`;
  const promisedS = promisedSOf(scenario, one);
  return promisedS === undefined ? scenario.ours : `writes again within ${promisedS} s; ${scenario.ours}`;
}
