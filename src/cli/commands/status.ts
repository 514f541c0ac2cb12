/** `status`: one look at the pair, in the form that its reader takes: words, a screen, JSON, a plugin's line, or metrics. */
import type { StatusWorld } from '../../app/status.ts';
import { status } from '../../app/status.ts';
import { EXIT, RedishaError } from '../../errors.ts';
import { VERSION } from '../build.ts';
import type { Exit } from '../exits.ts';
import { exitWith } from '../exits.ts';
import { pairMeant } from '../meant.ts';
import type { StatusOptions } from '../options.ts';
import type { PeoplesRuntime, Runtime, Signals } from '../runtime.ts';
import { lineWidth, openColors } from '../text.ts';
import type { PairWords } from '../words.ts';

const FORMS = ['json', 'watch', 'nagios', 'prometheus'] as const;
type Form = (typeof FORMS)[number];

const usage = (message: string, hint: string): RedishaError => new RedishaError('USAGE', message, { hint });

/** @throws {RedishaError} USAGE where two of them are asked for */
const formOf = (options: StatusOptions): Form | undefined => {
  const [form, other] = FORMS.filter((one) => options[one]);
  if (form !== undefined && other !== undefined)
    throw usage(`--${form} and --${other} do not go together`, `redisha status --${form}`);
  if (options.out !== undefined && form !== 'prometheus')
    throw usage('--out is for --prometheus', 'redisha status --prometheus --out FILE');
  return form;
};

type Needed = Signals &
  Pick<Runtime, 'tell' | 'knowsName' | 'configured'> &
  Pick<PeoplesRuntime, 'openStatus' | 'openEachStatus' | 'placeMetrics'>;

type Open = () => Promise<StatusWorld>;

const inWords = async (open: Open): Promise<Exit> => {
  const report = await status(await open());
  const { statusText } = await import('../status-text.ts');
  const look = { colors: await openColors(), width: lineWidth() };
  return exitWith(report.inOrder ? EXIT.done : EXIT.unfit, statusText(report, look));
};

const asJson = async (open: Open): Promise<Exit> => {
  const report = await status(await open());
  const { statusJson } = await import('../status-text.ts');
  return exitWith(report.inOrder ? EXIT.done : EXIT.unfit, statusJson(report));
};

/** Whatever cannot be looked at is UNKNOWN to a plugin's reader, which knows no other exit codes. */
const asPlugin = async (open: Open): Promise<Exit> => {
  const { nagiosOf, nagiosOfFailure } = await import('../nagios.ts');
  try {
    const { code, line } = nagiosOf(await status(await open()));
    return exitWith(code, line);
  } catch (error) {
    if (!(error instanceof RedishaError)) throw error;
    const { code, line } = nagiosOfFailure(error.message, error.hint);
    return exitWith(code, line);
  }
};

/** Exits 0 when the metrics are written: what they say is for their reader. */
const asMetrics = async (runtime: Needed, worlds: readonly StatusWorld[], out?: string): Promise<Exit> => {
  const [{ metricsText }, reports] = await Promise.all([import('../metrics.ts'), Promise.all(worlds.map(status))]);
  const text = metricsText(reports, VERSION);
  if (out === undefined) return exitWith(EXIT.done, text);
  await runtime.placeMetrics(out, `${text}\n`);
  return exitWith(EXIT.done);
};

export const run = async (runtime: Needed, words: readonly string[], options: StatusOptions): Promise<Exit> => {
  const form = formOf(options);
  const meant = async (): Promise<PairWords | undefined> =>
    words.length === 0 ? undefined : pairMeant(runtime, words, 'status', options);
  const open: Open = async () => runtime.openStatus(await meant(), options);
  switch (form) {
    case undefined:
      return inWords(open);
    case 'json':
      return asJson(open);
    case 'nagios':
      return asPlugin(open);
    case 'watch':
      return (await import('../status-screen.ts')).keepShowing(runtime, open);
    case 'prometheus': {
      const pair = await meant();
      const worlds =
        pair === undefined ? await runtime.openEachStatus(options) : [await runtime.openStatus(pair, options)];
      return asMetrics(runtime, worlds, options.out);
    }
  }
};
