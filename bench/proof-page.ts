/** docs/proof.md, made of the measurements of `npm run proof`. Pure. */
import type { Report } from './report.ts';
import { digits, type Sample, type Spread, spreadOf } from './samples.ts';
import { guaranteeOf, type Outcome, outcomesOf, type Scenario, SCENARIOS, WHO } from './scenarios.ts';

/** Two columns that differ by less are equal. */
const NOTICED_S = 0.05;

const figure = ({ figures }: Outcome, name: string): Spread | undefined => figures.get(name);

export const medianOf = (outcome: Outcome, name: string): number => figure(outcome, name)?.median ?? 0;

export const thousands = (value: number): string => Math.round(value).toLocaleString('en');

/** The median, and between which values all were, where they differ. */
function spreadText(spread: Spread | undefined, text: (value: number) => string): string {
  if (spread === undefined) return '–';
  const [min, median, max] = [spread.min, spread.median, spread.max].map(text);
  return min === max ? `${median}` : `${median} (${min}–${max})`;
}

export const seconds = (value: number): string => value.toFixed(value < 10 ? 2 : 1);

/** A client that did not work again while it was watched. */
function libraryText(outcome: Outcome): string {
  const text = spreadText(figure(outcome, 'library'), seconds);
  return outcome.open === 0 ? text : `${text}, **${outcome.open} of ${outcome.n} times not yet over**`;
}

export const row = (cells: readonly string[]): string => `| ${cells.join(' | ')} |`;

const COUNTED = ['lost', 'putAside', 'merged'] as const;

function rowOf(scenario: Scenario, outcome: Outcome): string {
  const counts = COUNTED.map((name) => {
    const text = spreadText(figure(outcome, name), thousands);
    return name === 'lost' && (figure(outcome, name)?.max ?? 0) > 0 ? `**${text}**` : text;
  });
  const outage = spreadText(figure(outcome, 'seconds'), seconds);
  return row([outcome.who.title, outage, libraryText(outcome), ...counts, guaranteeOf(scenario, outcome.who)]);
}

/** What the table has no column for, where there was any of it. */
const REMARKS: readonly (readonly [name: string, least: number, text: (outcome: Outcome) => string])[] = [
  [
    'twoMastersS',
    1,
    (outcome) => `both nodes called themselves master for ${spreadText(figure(outcome, 'twoMastersS'), seconds)} s`,
  ],
  [
    'twice',
    1,
    (outcome) => `counted twice, or there again after it was taken: ${spreadText(figure(outcome, 'twice'), thousands)}`,
  ],
  ['stale', 1, (outcome) => `reads of an old value: ${spreadText(figure(outcome, 'stale'), thousands)}`],
];

/** Where the network breaks, there are two masters with everybody. */
const isExpected = (scenario: Scenario, name: string): boolean =>
  name === 'twoMastersS' && scenario.promise === 'cut off';

const remarksOf = (scenario: Scenario, outcome: Outcome): readonly string[] => {
  const found = REMARKS.filter(
    ([name, least]) => !isExpected(scenario, name) && (figure(outcome, name)?.max ?? 0) >= least,
  ).map(([, , text]) => text(outcome));
  const late = outcome.late === 0 ? [] : [`later than promised: ${outcome.late} of ${outcome.n} times`];
  const wrong = outcome.wrong === 0 ? [] : [`not in order afterwards: ${outcome.wrong} of ${outcome.n} times`];
  return [...found, ...late, ...wrong];
};

function sectionOf(scenario: Scenario, outcomes: readonly Outcome[]): readonly string[] {
  const rows = WHO.map((one) => {
    const outcome = outcomes.find(({ who }) => who === one);
    return outcome === undefined ? row([one.title, '–', '–', '–', '–', '–', '']) : rowOf(scenario, outcome);
  });
  const remarks = outcomes.flatMap((outcome) => {
    const own = remarksOf(scenario, outcome);
    return own.length === 0 ? [] : [`* ${outcome.who.title}: ${own.join('; ')}.`];
  });
  return [
    `### ${scenario.title}`,
    '',
    scenario.story,
    '',
    row(['', 'perfect client, s', 'default ioredis, s', 'lost', 'put aside', 'merged', 'guaranteed']),
    row(['---', '---', '---', '---', '---', '---', '---']),
    ...rows,
    '',
    ...(remarks.length === 0 ? [] : [...remarks, '']),
  ];
}

/** Where somebody else was faster, or lost less, than one of ours: by the medians. */
function lossesOf({ title }: Scenario, outcomes: readonly Outcome[]): readonly string[] {
  const others = outcomes.filter(({ who }) => !who.isOurs);
  return outcomes
    .filter(({ who }) => who.isOurs)
    .flatMap((our) => {
      const faster = others.filter((other) => medianOf(other, 'seconds') < medianOf(our, 'seconds') - NOTICED_S);
      const safer = others.filter((other) => medianOf(other, 'lost') < medianOf(our, 'lost'));
      const said = (all: readonly Outcome[], name: string, text: (value: number) => string): string =>
        all.map((one) => `${one.who.title} (${text(medianOf(one, name))})`).join(', ');
      return [
        ...(faster.length === 0
          ? []
          : [
              `* ${title}: slower than ${said(faster, 'seconds', seconds)}: ${our.who.title} (${seconds(medianOf(our, 'seconds'))}).`,
            ]),
        ...(safer.length === 0
          ? []
          : [
              `* ${title}: lost more than ${said(safer, 'lost', thousands)}: ${our.who.title} (${thousands(medianOf(our, 'lost'))}).`,
            ]),
      ];
    });
}

export const rangeOf = (values: readonly number[], text: (value: number) => string, to = ' to '): string => {
  const spread = spreadOf(values);
  if (spread === undefined) return 'unknown';
  return spread.min === spread.max ? text(spread.min) : `${text(spread.min)}${to}${text(spread.max)}`;
};

const days = (rounds: readonly Sample[]): string => {
  const all = [...new Set(rounds.map(({ what }) => what.slice(0, 10)))];
  return all.length === 1 ? `on ${all[0] ?? ''}` : `from ${all[0] ?? ''} to ${all.at(-1) ?? ''}`;
};

export const roundsOf = ({ samples }: Report): readonly Sample[] =>
  samples.filter(({ section }) => section === 'round');

/** When, how often, on what. */
function circumstancesOf(report: Report): readonly string[] {
  const { machine } = report;
  const rounds = roundsOf(report);
  const of = (name: string): readonly number[] => rounds.flatMap(({ figures }) => figures[name] ?? []);
  const {
    redis = '?',
    valkey = '?',
    keepalived = '?',
    ioredis = '?',
    processors = '?',
    kernel = '?',
    commit = '?',
  } = machine;
  return [
    `* ${rounds.length} ${rounds.length === 1 ? 'round' : 'rounds'} ${days(rounds)}, with commit \`${commit}\`. A round took ${rangeOf(of('minutes'), digits)} minutes.`,
    `* Redis ${redis}, Valkey ${valkey} (only where it is named), keepalived ${keepalived}, ioredis ${ioredis}. ${processors}, Linux ${kernel}.`,
    `* ${rangeOf(of('pairs'), String)} pairs lived side by side. Before a round the machine had a load average of ${rangeOf(of('load'), digits)} from other work. On a busy machine everybody is slower.`,
  ];
}

const ended = ({ samples }: Report): readonly string[] => {
  const lost = samples.filter(({ what }) => what === 'the end of a pair');
  if (lost.length === 0) return [];
  return [
    'Some pairs could not be measured to the end. Their later scenarios have fewer measurements:',
    '',
    ...lost.map(({ column, wrong = [] }) => `* ${column}: ${wrong.join('; ').split('\n')[0] ?? ''}`),
    '',
  ];
};

export function pageOf(report: Report): string {
  const faults = report.samples.filter(({ section }) => section === 'faults');
  const measured = SCENARIOS.map((scenario) => ({ scenario, outcomes: outcomesOf(faults, scenario) }));
  const losses = measured.flatMap(({ scenario, outcomes }) => lossesOf(scenario, outcomes));
  return [
    ...HEAD,
    ...circumstancesOf(report),
    '',
    ...ended(report),
    ...WHO_IS_WHO,
    '## What happened',
    '',
    ...measured.flatMap(({ scenario, outcomes }) => sectionOf(scenario, outcomes)),
    '## Where others are better',
    '',
    'By the medians of the tables, each of our rows that another one beats. Less than 0.05 s is no difference.',
    '',
    ...(losses.length === 0 ? ['None.'] : losses),
    '',
    ...HOW,
  ].join('\n');
}

const HEAD = [
  '# Proof',
  '',
  '<!-- written by "npm run proof"; do not edit -->',
  '',
  'For the person who compares: what clients see, and what becomes of their writes, when the same things happen to a pair with the',
  'well-known scripts for keepalived, with Sentinel, and with redisha. All of them ran on one lab, in the same run, under the',
  'same clients. Everything that was measured is on this page, also where redisha is worse.',
  '',
  '![How long clients could not write, and what became of their writes](proof.svg)',
  '',
  '## What was run, and on what',
  '',
];

const WHO_IS_WHO = [
  '* "The scripts" are the scripts that redisha replaces, with their keepalived.conf.',
  '* Sentinel is three Sentinels on three hosts, with a quorum of 2 and `parallel-syncs 1`, as their own documents advise. A master is',
  '  down after 1.5 s without an answer (`down-after-milliseconds 1500`; their tutorial has 5000). With 1000, the Sentinels took a',
  '  new master for down before they had asked it, and moved the role back. They advise `min-replicas-to-write` where there are',
  '  two replicas, and not for a pair: a node alone could not take writes.',
  '* `article`, `balanced` and `fast` are the files that `redisha config` writes. "Witness" is `fast` with `--witness`.',
  '',
  '## How to read the tables',
  '',
  '* **perfect client**: the longest time without an acknowledged write, in seconds, for a client that sends 1,000 writes a second,',
  '  gives up after 25 ms, and connects again at once. It asks Sentinel again whenever it has lost its connection.',
  '* **default ioredis**: the same for ioredis with the options that it has when nobody sets any: `new Redis(port, address)`, and',
  '  `new Redis({ sentinels, name })`. "Not yet over" means that it had not written again 10 s after the perfect client.',
  '* **lost**: writes that were acknowledged, and are neither in the dataset of the pair nor in a rescue file.',
  '* **put aside**: they are in a rescue file of redisha. A person can put them back: `redisha rescue`.',
  '* **merged**: they were acknowledged by the node that did not stay the master, and are in the dataset at the end.',
  '* Each figure is the median, with the least and the most in brackets. The clients also work on keys that everybody writes, 100',
  '  times a second: counters, hashes, lists, a queue, a register and a set. A checker compares every answer that a client got with',
  '  what the pair holds at the end.',
  '* **guaranteed**: what the design promises. A time counts for a client that connects again at once, on hosts with time to spare.',
  '  It holds for every run, and the tests fail where it is broken. Everything else in a row is only usual: it was measured, and',
  '  nobody promises it. An empty cell is no promise: the documents of Sentinel say that acknowledged writes may be lost.',
  '',
];

const HOW = [
  '## Run it yourself',
  '',
  'You need root on Linux, and Redis and keepalived. Valkey is fetched from Debian, and is left out where that is not possible.',
  '',
  '    npm run proof                            # one round, and this page anew; about ten minutes on two cores',
  '    npm run proof -- --rounds 5              # five rounds',
  '    npm run proof -- --add                   # one round more, beside those that were measured before',
  '    npm run proof -- --page                  # only this page, its picture and the table of README.md, from proof.json',
  '    npm run proof -- --only fast,sentinel    # only these columns',
  '',
  'Every measurement is in [proof.json](proof.json). What redisha costs, and how its figures grow, is in',
  '[measured.md](measured.md).',
  '',
];
