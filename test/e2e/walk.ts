/** An operator's walk: a terminal of 80 columns on a host of a pair, and what it shows of each command. */
import { existsSync } from 'node:fs';
import { expect } from 'vitest';
import type { Operated } from '../lib/operated.ts';
import { KEYS, Terminal } from '../lib/terminal.ts';

const COLUMNS = 80;
const RED = '\u001B[31m';
/** A frame of `status --watch` is written over the one before. */
const HOME = '\u001B[H';

const sitDown = ({ host }: Operated, line: string, env: Readonly<Record<string, string>> = {}): Terminal =>
  new Terminal(
    line.split(' '),
    { NO_COLOR: '', ...env },
    {
      columns: COLUMNS,
      program: ['/usr/local/bin/redisha'],
      enter: (argv) => host.enter(argv),
    },
  );

const assertFits = (screen: Terminal): void => {
  const tooLong = screen.text.split('\n').filter((line) => line.length > COLUMNS);
  expect(tooLong, screen.text).toEqual([]);
};

/** The command ends with `code`. @returns what the terminal got. */
const typed = async (node: Operated, line: string, code = 0, env = {}): Promise<Terminal> => {
  const screen = sitDown(node, line, env);
  expect(await screen.end(), `${line}: ${screen.text}`).toBe(code);
  assertFits(screen);
  if (process.env['REDISHA_TEST_SHOW']) console.log(`$ redisha ${line}\n${screen.raw}`);
  return screen;
};

const watched = async (node: Operated): Promise<void> => {
  const screen = sitDown(node, 'status --watch');
  await screen.answer('Ctrl-C ends it');
  await screen.answer('Ctrl-C ends it', KEYS.ctrlC);
  expect(await screen.end(), screen.text).toBe(0);
  assertFits(screen);
  const [, ...frames] = screen.raw.split(HOME);
  expect(frames.length).toBeGreaterThanOrEqual(2);
  // Nothing is cleared first, and nothing of the frame before is left.
  for (const frame of frames) {
    expect(frame).toMatch(/^redisha status at /);
    expect(frame).not.toContain('\u001B[2J');
    expect(frame).toContain('\u001B[J');
  }
};

/** `master` has the address, and `standby` follows it; so it is again at the end. */
export const walk = async (master: Operated, standby: Operated): Promise<void> => {
  const whole = await typed(master, 'status');
  expect(whole.text).toMatch(/^healthy: would survive losing either node\b/);
  expect(whole.raw).not.toContain(RED);
  expect((await typed(master, 'status', 0, { NO_COLOR: '1' })).raw).not.toContain('\u001B');
  await watched(master);
  expect((await typed(standby, 'promote')).text).toMatch(/^redisha promote: done: .*\n.*the address .* is here/s);
  expect((await typed(standby, 'history why')).text).toMatch(/became the master/);
  expect((await typed(master, 'history')).text).toMatch(/end +\w+:/);
  await typed(standby, 'drain --reason new-kernel');
  const drained = await typed(standby, 'status', 1);
  expect(drained.raw).toContain(`${RED}not in order`);
  expect(drained.text).toMatch(/^ {2}next: redisha resume$/m);
  expect((await typed(standby, 'status', 1, { NO_COLOR: '1' })).raw).not.toContain('\u001B');
  expect((await typed(master, 'drain', 4)).text).toMatch(/drained/);
  await typed(standby, 'resume');
  await standby.inOrder();
  await typed(standby, 'pause --for 1h --reason new-switch');
  expect((await typed(standby, 'status', 1)).raw).toContain(RED);
  await typed(standby, 'resume');
  await typed(standby, 'rescue list');
  expect((await typed(master, 'doctor')).text).toMatch(/^nothing wrong/);
  await typed(standby, 'stauts', 2);
  const asked = sitDown(master, 'config --out /run/pair');
  await asked.answer('Address of the other node', KEYS.ctrlC);
  expect(await asked.end(), asked.text).toBe(130);
  expect(existsSync(master.host.file('/run/pair'))).toBe(false);
};
