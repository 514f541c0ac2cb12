/** A vrrp instance in the words of the test: as keepalived tells it in its dump, and as redisha reads it. */
import { expect } from 'vitest';
import { plainAddress } from '../../src/address.ts';
import { argumentsOf } from '../../src/keepalived/commands.ts';
import { instancesOf, type VrrpInstance } from '../../src/keepalived/conf.ts';
import { readKeepalivedConf } from '../../src/keepalived/parse.ts';

export interface Seen {
  readonly name: string;
  readonly state: string;
  readonly interface: string;
  readonly virtualRouterId: number;
  readonly priority: number;
  readonly preempt: boolean;
  readonly addresses: readonly string[];
  /** Such as `chk weight -5`, of its group too. */
  readonly scripts: readonly string[];
  /** The command of each notify, word by word. */
  readonly notifies: readonly (readonly string[])[];
}

const NOTIFY: Readonly<Record<string, string>> = {
  Master: 'notify_master',
  Backup: 'notify_backup',
  Fault: 'notify_fault',
  Stop: 'notify_stop',
  Generic: 'notify',
};

/** Without the moment before each line, and without what keepalived's other process says meanwhile. */
const linesOf = (dump: string): readonly string[] =>
  dump
    .split('\n')
    .map((line) => line.replace(/^\w{3} \w{3} +\d+ [\d:]+ \d{4}: /, ''))
    .filter((line) => /^ |^------</.test(line));

const valueIn = (lines: readonly string[], name: string): string =>
  lines.flatMap((line) => new RegExp(`^ +${name} = (.*)$`).exec(line)?.[1] ?? []).at(0) ?? '';

/** The lines below one that begins with `head`, which are further in. */
const below = (lines: readonly string[], head: RegExp): readonly string[] =>
  lines.flatMap((line, at) => {
    if (!head.test(line)) return [];
    const rest = lines.slice(at + 1);
    const end = rest.findIndex((one) => !one.startsWith('     '));
    return rest.slice(0, end < 0 ? rest.length : end).map((one) => one.trim());
  });

/** The parts of the dump that begin with `VRRP Instance = A` and the like, by that name. */
const blocks = (lines: readonly string[], kind: string): readonly (readonly [string, readonly string[]])[] =>
  lines.flatMap((line, at) => {
    const [, name] = new RegExp(`^ ${kind} = ([^,]*)`).exec(line) ?? [];
    if (name === undefined) return [];
    const rest = lines.slice(at + 1);
    const end = rest.findIndex((one) => !one.startsWith('  '));
    return [[name, rest.slice(0, end < 0 ? rest.length : end)] as const];
  });

const notifiesIn = (lines: readonly string[]): readonly (readonly string[])[] =>
  lines.flatMap((line) => {
    const [, when = '', command = ''] = /^ +(\w+) state transition script = (.*), uid:gid \d+:\d+$/.exec(line) ?? [];
    const keyword = NOTIFY[when];
    return keyword === undefined ? [] : [[keyword, ...argumentsOf(command)]];
  });

const sorted = <T>(values: readonly T[]): readonly T[] =>
  values.toSorted((one, other) => (String(one) < String(other) ? -1 : 1));

export const seenInDump = (dump: string): readonly Seen[] => {
  const lines = linesOf(dump);
  const scripts = blocks(lines, 'VRRP Script').flatMap(([script, of]) =>
    below(of, /^ +Tracking instances/).map((line) => ({ script, line })),
  );
  const groups = blocks(lines, 'VRRP Sync Group');
  return blocks(lines, 'VRRP Instance').map(([name, of]) => ({
    name,
    state: valueIn(of, 'Wantstate'),
    interface: valueIn(of, 'Interface'),
    virtualRouterId: Number(valueIn(of, 'Virtual Router ID')),
    priority: Number(valueIn(of, 'Priority')),
    preempt: valueIn(of, 'Preempt') === 'enabled',
    addresses: below(of, /^ +Virtual IP/).map((line) => plainAddress(line.replace(/[/ ].*$/, ''))),
    scripts: sorted(
      scripts
        .filter(({ line }) => line.startsWith(`${name}, `))
        .map(({ script, line }) => `${script} ${line.slice(name.length + 2)}`),
    ),
    notifies: sorted([
      ...notifiesIn(of),
      ...groups
        .filter(([, group]) => below(group, /^ +VRRP member instances/).includes(name))
        .flatMap(([, group]) => notifiesIn(group)),
    ]),
  }));
};

const seenOf = (instance: VrrpInstance): Seen => ({
  name: instance.name,
  state: instance.initialState,
  interface: instance.interface ?? '',
  virtualRouterId: instance.virtualRouterId ?? 0,
  priority: instance.priority,
  preempt: !instance.nopreempt,
  addresses: instance.addresses.map(plainAddress),
  scripts: sorted(
    instance.scripts.map(
      ({ name, weight, isReverse }) => `${name} weight ${String(weight)}${isReverse ? ' reverse' : ''}`,
    ),
  ),
  notifies: sorted(instance.notifies.map(({ keyword, command }) => [keyword, ...argumentsOf(command)])),
});

export const readInstances = (file: string, configId: string): readonly Seen[] => {
  const conf = readKeepalivedConf(file, () => configId);
  if (conf === undefined) throw new Error(`cannot read ${file}`);
  expect(conf.problems).toEqual([]);
  return instancesOf(conf).map(seenOf);
};
