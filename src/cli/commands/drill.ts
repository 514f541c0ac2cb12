/** `drill`: a rehearsal, with clients at the address that count what they see. */
import { isatty } from 'node:tty';
import type { DrillEvent } from '../../app/drill/recorder.ts';
import { drill, type DrillOrder, prepare, type Prepared } from '../../app/drill/drill.ts';
import type { Hard } from '../../app/drill/moves.ts';
import type { DrillWorld } from '../../app/ports/drill.ts';
import { formatEndpoint } from '../../core/model.ts';
import { EXIT, isCode, RedishaError } from '../../errors.ts';
import { pictureOf } from '../drill-picture.ts';
import { eventLine, liveLine, reportJson, reportText } from '../drill-text.ts';
import type { Exit } from '../exits.ts';
import { exitOfError, exitWith } from '../exits.ts';
import { pairMeant } from '../meant.ts';
import type { DrillOptions } from '../options.ts';
import { openProgress } from '../progress.ts';
import type { PeoplesRuntime } from '../runtime.ts';
import { type Colors, hanging, openColors } from '../text.ts';
import { WentBack } from '../went-back.ts';

const HELP = 'redisha drill --help';
const usage = (message: string, hint = HELP): RedishaError => new RedishaError('USAGE', message, { hint });

const hardOf = ({ hard, yesIMean }: DrillOptions): Hard | undefined => {
  if (hard === undefined && yesIMean !== undefined) throw usage('--yes-i-mean is for --hard');
  if (hard === undefined || hard === 'freeze' || hard === 'kill') return hard;
  throw usage(`--hard is freeze or kill, not "${hard}"`);
};

const WAIT_S = 45;
const WAIT_MAX_S = 600;

const patienceOf = ({ wait }: DrillOptions): number => {
  const seconds = Number(wait ?? WAIT_S);
  if (!/^\d+$/.test(wait ?? '0') || seconds < 1 || seconds > WAIT_MAX_S)
    throw usage(`--wait needs whole seconds from 1 to ${String(WAIT_MAX_S)}, not "${wait ?? ''}"`);
  return seconds * 1000;
};

/** What this pair is called where somebody has to say which one is meant. */
const nameOf = ({ address, port }: DrillWorld): string => formatEndpoint({ host: address, port });

const RISKS: Readonly<Record<Hard, string>> = {
  freeze:
    'writes that the master has acknowledged and not sent yet will be missing until it is back; then they are merged or kept in a rescue',
  kill: 'writes that the master has acknowledged and not sent yet will be lost, unless it has them on its disk',
};

const warnings = (hard: Hard, { server }: Prepared): readonly string[] => [
  hard === 'freeze'
    ? `the Redis of this host (process ${String(server?.pid ?? 0)}) will be stopped; it goes on once the service is back`
    : `the Redis of this host (process ${String(server?.pid ?? 0)}) will be killed`,
  `for every client of this pair: ${RISKS[hard]}`,
  ...(hard === 'freeze'
    ? []
    : [
        server?.restartedBy === undefined
          ? 'nothing is known to start this Redis again: start it yourself after the drill'
          : `${server.restartedBy} starts it again`,
      ]),
];

/** @throws {RedishaError} USAGE or REFUSED_BY_RULE where the pair was not named */
const assertMeant = async (
  runtime: PeoplesRuntime,
  world: DrillWorld,
  hard: Hard,
  prepared: Prepared,
  { yesIMean, json }: DrillOptions,
): Promise<void> => {
  const name = nameOf(world);
  if (yesIMean === undefined && (json || !isatty(0) || !isatty(1)))
    throw usage(`--hard ${hard} needs the name of the pair`, `redisha drill --hard ${hard} --yes-i-mean ${name}`);
  if (!json) for (const warning of warnings(hard, prepared)) runtime.tell(hanging(`note: ${warning}`, 2));
  const isName = (text: string): boolean => text === name;
  if (yesIMean !== undefined) {
    if (isName(yesIMean)) return;
    throw new RedishaError('REFUSED_BY_RULE', `this pair is ${name}, and --yes-i-mean names ${yesIMean}`, {
      hint: `redisha drill --hard ${hard} --yes-i-mean ${name}`,
    });
  }
  const { openQuestions } = await import('../questions.ts');
  const questions = openQuestions(runtime.signal);
  try {
    await questions.text(`Type ${name} to ${hard} its master`, '', (typed) =>
      isName(typed) ? undefined : `the name of this pair is ${name}; Ctrl-C gives up`,
    );
  } catch (error) {
    // There is no question before this one.
    throw error instanceof WentBack ? new RedishaError('INTERRUPTED', 'given up, and nothing was done') : error;
  }
};

/** Lines as it happens; on a terminal also one that says how it stands now. */
const openTimeline = (
  runtime: PeoplesRuntime,
  colors: Colors,
  isSilent: boolean,
): Pick<DrillOrder, 'onEvent' | 'onTick'> & { readonly end: () => void } => {
  if (isSilent) return { onEvent: () => undefined, onTick: () => undefined, end: () => undefined };
  const progress = openProgress();
  return {
    onEvent: (event: DrillEvent) => {
      progress.end();
      runtime.tell(eventLine(event, colors));
    },
    onTick: (atMs, silentMs) => {
      progress.line(() => liveLine(atMs, silentMs));
    },
    end: () => {
      progress.end();
    },
  };
};

const writePicture = async (runtime: PeoplesRuntime, path: string | undefined, text: string): Promise<void> => {
  if (path !== undefined) await runtime.writePicture(path, text);
};

/** The signal's own exit code where one came: the drill has tidied up by then. At a question Ctrl-C is a key, and no signal. */
const interrupted = (runtime: PeoplesRuntime, error: unknown, json: boolean): Exit => {
  const exit = exitOfError(error, json);
  return isCode(error, 'INTERRUPTED') ? { ...exit, code: runtime.signalExit() ?? EXIT.interrupted } : exit;
};

export const run = async (runtime: PeoplesRuntime, words: readonly string[], options: DrillOptions): Promise<Exit> => {
  const [hard, patienceMs] = [hardOf(options), patienceOf(options)];
  const pair =
    words.length === 0 ? await runtime.knownPair('drill', options) : await pairMeant(runtime, words, 'drill', options);
  const world = await runtime.openDrill(pair, options);
  const colors = await openColors();
  const timeline = openTimeline(runtime, colors, options.json);
  try {
    const prepared = await prepare(world, hard);
    if (hard !== undefined) await assertMeant(runtime, world, hard, prepared, options);
    if (!options.json) runtime.tell(`drill of ${nameOf(world)}, with keys that begin with ${world.prefix}`);
    const report = await drill(world, { ...timeline, hard, patienceMs, signal: runtime.signal }, prepared);
    timeline.end();
    await writePicture(runtime, options.picture, pictureOf(report, `redisha drill of ${nameOf(world)}`));
    const { local, peer, address, port } = world;
    const text = options.json
      ? reportJson(report, { local, peer, address, port })
      : `\n${await reportText(report, colors)}`;
    return exitWith(report.isKept ? EXIT.done : EXIT.unfit, text);
  } catch (error) {
    timeline.end();
    return interrupted(runtime, error, options.json);
  }
};
