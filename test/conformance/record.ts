/**
 * `npm run record -- --seed N --histories M`: does invented histories to real servers, says where the model tells them
 * otherwise, and with `--write` keeps them as the recording.
 */
import { writeFileSync } from 'node:fs';
import { parseArgs } from 'node:util';
import { waitFor } from '../lib/wait.ts';
import { type History, historyOf } from './history.ts';
import { toldByModel } from './model-pair.ts';
import { RealPair } from './real-pair.ts';
import { type Recording, RECORDINGS, type Step } from './recorded.ts';
import { inWords, type Look, Naming } from './seen.ts';

/** Longer than the second after which Redis tries a link again. */
const SETTLED_MS = 2300;
const AT_ONCE = 12;

/** What changes by the clock alone. */
const byTheClock = new Set(['uptimeSeconds', 'linkDownSeconds']);
const still = (looks: readonly [Look, Look]): string =>
  JSON.stringify(looks, (name, value: unknown) => (byTheClock.has(name) ? undefined : value));

const settled = async (pair: RealPair): Promise<readonly [Look, Look]> => {
  let before = '';
  let looks: readonly [Look, Look] | undefined;
  await waitFor(
    'both servers to come to rest',
    { deadlineMs: 30_000, everyMs: 100, holdMs: SETTLED_MS },
    async () => {
      looks = await pair.looks();
      const now = still(looks);
      const same = now === before;
      before = now;
      return same ? true : now;
    },
    (same) => same === true,
  );
  if (looks === undefined) throw new Error('nothing was seen');
  return looks;
};

const record = async ({ seed, appendOnly, operations }: History): Promise<Recording> => {
  const pair = await RealPair.open({ appendOnly });
  try {
    const naming = new Naming(pair.indexOf);
    const steps: Step[] = [];
    let version = '';
    for (const [nth, operation] of operations.entries()) {
      const said = await pair.do(operation, nth);
      const looks = await settled(pair);
      for (const { view } of looks) if (view.kind === 'answering') version = view.version.join('.');
      steps.push({ operation, said, late: pair.late(), seen: naming.pair(looks) });
    }
    return { seed, version, appendOnly, steps };
  } finally {
    await pair.close();
  }
};

const told = ({ said, late, seen }: Step): object => ({ said, late, ...inWords(seen) });

/** The first step that the model tells otherwise. */
const difference = async ({ seed, steps }: Recording, history: History): Promise<string | undefined> => {
  const model = await toldByModel(history);
  const at = steps.findIndex((step, nth) => JSON.stringify(told(step)) !== JSON.stringify(told(model[nth] as Step)));
  if (at < 0) return undefined;
  const lines = steps.slice(0, at + 1).map(({ operation, said }) => `  ${JSON.stringify(operation)} ${said}`);
  const [real, modelled] = [told(steps[at] as Step), told(model[at] as Step)] as [
    Record<string, unknown>,
    Record<string, unknown>,
  ];
  const before = at === 0 ? {} : told(steps[at - 1] as Step);
  const parts = Object.keys(real).filter((key) => JSON.stringify(real[key]) !== JSON.stringify(modelled[key]));
  return [
    `seed ${String(seed)}, step ${String(at)}:`,
    ...lines,
    `  before: ${JSON.stringify(before)}`,
    ...parts.flatMap((key) => [
      `  ${key}:`,
      `    real  ${JSON.stringify(real[key])}`,
      `    model ${JSON.stringify(modelled[key])}`,
    ]),
  ].join('\n');
};

const { values } = parseArgs({
  options: {
    seed: { type: 'string', default: '1' },
    histories: { type: 'string', default: '1' },
    write: { type: 'boolean', default: false },
  },
});
const seeds = Array.from({ length: Number(values.histories) }, (_, nth) => Number(values.seed) + nth);
const recorded: Recording[] = [];
let differing = 0;
const waiting = [...seeds];
const work = async (): Promise<void> => {
  for (let seed = waiting.shift(); seed !== undefined; seed = waiting.shift()) {
    const history = historyOf(seed);
    const recording = await record(history);
    recorded.push(recording);
    const found = await difference(recording, history);
    if (found === undefined) continue;
    differing++;
    console.log(found);
  }
};
await Promise.all(Array.from({ length: AT_ONCE }, work));
const lines = recorded.toSorted((a, b) => a.seed - b.seed).map((recording) => `${JSON.stringify(recording)}\n`);
if (values.write) writeFileSync(RECORDINGS, lines.join(''));
console.log(`${String(seeds.length)} histories, the model differs in ${String(differing)}`);
process.exitCode = differing === 0 ? 0 : 1;
