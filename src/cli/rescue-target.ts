/** Where a rescue goes, and what is written down and said of what was done there. */
import type { OpenedRescue, Purpose, ReplacedKeys, RescueFile } from '../app/ports/rescues.ts';
import type { PairNodes, Target } from '../app/rescue-target.ts';
import { findMaster } from '../app/rescue-target.ts';
import { formatEndpoint } from '../core/model.ts';
import { EXIT } from '../errors.ts';
import type { Exit } from './exits.ts';
import { exitWith } from './exits.ts';
import { openProgress, type Progress } from './progress.ts';
import type { RescueOptions } from './options.ts';
import type { PeoplesRuntime, RescueSession } from './runtime.ts';

export interface RescueCall {
  readonly runtime: PeoplesRuntime;
  readonly session: RescueSession;
  readonly options: RescueOptions;
}

export const targetText = ({ side, endpoint }: Target): string => `the master ${formatEndpoint(endpoint)} (${side})`;

export const targetJson = ({ side, endpoint }: Target): object => ({ side, endpoint });

/** What `use` comes to with the pair's master found; the connections to both nodes are closed afterwards. */
export const withMaster = async <T>(
  { session }: RescueCall,
  use: (target: Target, nodes: PairNodes) => Promise<T>,
): Promise<T> => {
  const nodes = session.openNodes();
  try {
    return await use(await findMaster(nodes), nodes);
  } finally {
    nodes.local.close();
    nodes.peer?.close();
  }
};

/** What `use` comes to with the rescue opened and a connection to the master's keys. */
export const withBoth = async <T>(
  { runtime, session }: RescueCall,
  rescue: RescueFile,
  target: Target,
  to: Purpose['to'],
  use: (opened: OpenedRescue, live: ReplacedKeys, progress: Progress) => Promise<T>,
): Promise<T> => {
  const progress = openProgress();
  const loading = (part: number): void => {
    progress.show('reading the rescue', part);
  };
  try {
    const purpose = { to, master: target.endpoint, replica: target.replica };
    return await session.rescues.withOpened(rescue, purpose, runtime.signal, loading, async (opened) => {
      const live = await session.rescues.openTarget(target.endpoint, runtime.signal);
      try {
        return await use(opened, live, progress);
      } finally {
        live.close();
      }
    });
  } finally {
    progress.end();
  }
};

export const libraryNotes = (libraries: number, done: 'compared' | 'restored'): readonly string[] =>
  libraries === 0 ? [] : [`note: it holds functions as well (libraries: ${String(libraries)}), which are not ${done}`];

export interface Done {
  readonly rescue: RescueFile;
  readonly target: Target;
  readonly how: string;
  readonly sums: Readonly<Record<string, unknown>>;
}

/** Recorded before it is said: what a person changed must be in the journal. */
export const record = async (
  { session, options }: RescueCall,
  { rescue, target, how, sums }: Done,
  more: Readonly<Record<string, unknown>> = {},
): Promise<void> => {
  if (options.dryRun) return;
  const fields = { file: rescue.file, how, target: formatEndpoint(target.endpoint), ...sums, ...more };
  session.log.warn('restored', fields);
  await session.journal.append({ event: 'restored', ...fields });
};

export const told = ({ options }: RescueCall, { rescue, target, how, sums }: Done, words: readonly string[]): Exit => {
  const { dryRun } = options;
  if (options.json) {
    return exitWith(
      EXIT.done,
      JSON.stringify({ rescue: rescue.name, target: targetJson(target), how, dryRun, ...sums }),
    );
  }
  const head = dryRun ? 'dry run, nothing is changed' : 'done';
  return exitWith(EXIT.done, [`${rescue.name} into ${targetText(target)}: ${head}`, ...words].join('\n'));
};
