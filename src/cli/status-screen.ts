/** `status --watch`: the same look again and again, in the same place of the screen. */
import { isatty } from 'node:tty';
import type { StatusReport } from '../app/status-report.ts';
import type { StatusWorld } from '../app/status.ts';
import { status } from '../app/status.ts';
import { EXIT, RedishaError } from '../errors.ts';
import type { Exit } from './exits.ts';
import { exitWith } from './exits.ts';
import type { Signals } from './runtime.ts';
import { statusText } from './status-text.ts';
import type { Colors } from './text.ts';
import { lineWidth, openColors } from './text.ts';

const EVERY_MS = 2000;

export interface Screen {
  readonly columns: number;
  readonly rows: number;
}

/** A terminal that does not say how large it is. */
const SMALLEST: Screen = { columns: 80, rows: 24 };

/** Source: ECMA-48, CUP, EL and ED; every terminal since the VT100 knows them. */
const HOME = '\u001B[H';
const TO_END_OF_LINE = '\u001B[K';
const TO_END_OF_SCREEN = '\u001B[J';

const PLAIN: Colors['red'] = (text) => String(text);

/**
 * One frame, to be written at once: it goes over the frame before and leaves nothing of it, and nothing is cleared first, so
 * that nothing flickers. The last row stays free: a line end there would move the whole screen.
 */
export const frameOf = (report: StatusReport, { columns, rows }: Screen, colors: Colors): string => {
  const width = Math.min(lineWidth(), columns);
  // A line that is cut in the middle of a colour would colour the rest of the screen.
  const isNarrow = columns < SMALLEST.columns;
  const look = { colors: isNarrow ? { ...colors, red: PLAIN, green: PLAIN } : colors, width };
  const head = `redisha status at ${report.at.slice(11, 19)} UTC, every ${String(EVERY_MS / 1000)} s; Ctrl-C ends it`;
  const all = [head, '', ...statusText(report, look).split('\n')];
  const room = Math.max(1, rows - 1);
  const shown = all.length > room ? [...all.slice(0, room - 1), '... the rest: redisha status'] : all;
  const lines = shown.map((line) => `${isNarrow ? line.slice(0, columns) : line}${TO_END_OF_LINE}`);
  return `${HOME}${lines.join('\n')}${TO_END_OF_SCREEN}`;
};

const screenNow = (): Screen => ({
  columns: process.stdout.columns || SMALLEST.columns,
  rows: process.stdout.rows || SMALLEST.rows,
});

interface Shown extends Signals {
  readonly tell: (line: string) => void;
}

/** Until somebody ends it: by Ctrl-C as by the q of other tools, which is no failure. @throws {RedishaError} USAGE */
export const keepShowing = async (runtime: Shown, open: () => Promise<StatusWorld>): Promise<Exit> => {
  if (!isatty(1))
    throw new RedishaError('USAGE', '--watch is for a terminal', { hint: 'redisha status, or redisha status --json' });
  const { signal } = runtime;
  const colors = await openColors();
  while (!signal.aborted) {
    const world = await open();
    runtime.tell(frameOf(await status(world), screenNow(), colors));
    await world.clock.delay(EVERY_MS, signal);
  }
  const code = runtime.signalExit();
  return exitWith(code === undefined || code === EXIT.interrupted ? EXIT.done : code);
};
