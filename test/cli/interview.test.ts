/** `redisha config` before a person: what it asks, what it proposes, and what is changed when they give up. */
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { KEYS, Terminal } from '../lib/terminal.ts';
import { openPlace, type Place } from './lib.ts';

const { enter, down, ctrlC, yes, no } = KEYS;
const PEER = '127.0.0.2';
const FACTS = ['--vip', '127.0.0.100', '--nodes', `127.0.0.1,${PEER}`, '--interface', 'lo'];

const terminal = ({ env }: Place, args: readonly string[]): Terminal => new Terminal(['config', ...args], env);

const fileIn = (out: string, path: string): string => readFileSync(join(out, path), 'utf8');

test('asks for what is missing and proposes what the host knows', async () => {
  const place = await openPlace();
  const out = join(place.dir, 'out');
  const screen = terminal(place, []);
  await screen.answer('Address of the other node', '127.0.0.1', enter);
  await screen.answer('127.0.0.1 is an address of this host', '\b', '3', enter);
  await screen.answer('127.0.0.1', '<', enter);
  await screen.answer('Address of the other node', PEER, enter);
  await screen.answer('Address of this node', '127.0.0.9', enter);
  await screen.answer('127.0.0.9 is not an address of this host: it has', '\b', '1', enter);
  await screen.answer('Network interface', 'no-such0', enter);
  await screen.answer('this host has no interface no-such0', ...Array.from('no-such0', () => '\b'), 'lo', enter);
  await screen.answer('the preferred one?', down, down, enter);
  await screen.answer('Network interface', enter);
  await screen.answer('the preferred one?', down, enter);
  await screen.answer('Port of Redis on both nodes', '0', enter);
  await screen.answer('PORT must be a number from 1 to 65535', '\b', '7000,7001', enter);
  await screen.answer('Virtual address', PEER, enter);
  await screen.answer("127.0.0.2 is a node's", '\b', '100/24', enter);
  await screen.answer('two hosts on one good network', down, enter);
  await screen.answer('How do the nodes hear of each other?', down, enter);
  await screen.answer('An address for reading', down, enter);
  await screen.answer('Address for reading', '127.0.0.101', enter);
  await screen.answer('Directory for the files', out, enter);
  expect(await screen.end(), screen.text).toBe(0);
  expect(screen.text).toContain('"<" goes back to the question before');
  const words =
    `--vip 127.0.0.100/24 --nodes ${PEER},127.0.0.1 --port 7000,7001 --read-vip 127.0.0.101 --interface lo ` +
    `--profile fast --unicast --out ${out}`;
  expect(screen.text).toContain(`the same without questions:\n  redisha config ${words}\n`);
  const said = await place.run(['config', ...words.split(' ')]);
  expect(said.stdout.match(/^unchanged: /gm)).toHaveLength(10);
});

test('asks for nothing that an option has said', async () => {
  const place = await openPlace();
  const out = join(place.dir, 'out');
  const given = [
    '--nodes',
    `127.0.0.1,${PEER}`,
    '--interface',
    'lo',
    '--port',
    '7000',
    '--profile',
    'fast',
    '--unicast',
  ];
  const screen = terminal(place, [...given, '--out', out, '--node', '1']);
  await screen.answer('Virtual address', '127.0.0.100', enter);
  await screen.answer('An address for reading', enter);
  expect(await screen.end(), screen.text).toBe(0);
  expect(fileIn(out, 'node1/keepalived.conf')).toContain(`watch 127.0.0.1 ${PEER} redis_7000=7000"`);
  expect(screen.text).not.toMatch(/Port of|Profile|Directory/);
});

test('Ctrl-C in the middle: exit 130, and nothing is made', async () => {
  const place = await openPlace();
  const screen = terminal(place, ['--out', join(place.dir, 'out')]);
  await screen.answer('Address of the other node', PEER, enter);
  await screen.answer('Address of this node', ctrlC);
  expect(await screen.end(), screen.text).toBe(130);
  expect(screen.text).toContain('redisha: given up, and nothing is changed');
  expect(place.made()).toEqual([]);
});

test('--json is for programs: nobody is asked', async () => {
  const place = await openPlace();
  const screen = terminal(place, ['--json']);
  expect(await screen.end()).toBe(2);
  expect(screen.text).toContain('config needs --vip ADDRESS and --nodes A,B');
});

test.each([
  ['no: the files stay', [no], 4, '99'],
  ['Enter alone: the files stay', [enter], 4, '99'],
  ['Ctrl-C: the files stay', [ctrlC], 130, '99'],
  ['yes: they are replaced', [yes], 0, '240'],
] as const)('files that differ are shown before they are replaced; %s', async (_name, keys, code, priority) => {
  const place = await openPlace();
  const out = join(place.dir, 'out');
  await place.run(['config', ...FACTS, '--out', out]);
  const path = join(out, 'node1/keepalived.conf');
  writeFileSync(path, readFileSync(path, 'utf8').replace('priority 240', 'priority 99'));
  const screen = terminal(place, [...FACTS, '--out', out]);
  await screen.answer('Replace what differs (1 file)?', ...keys);
  expect(await screen.end(), screen.text).toBe(code);
  expect(screen.text).toMatch(/^- *priority 99$\n^\+ *priority 240$/m);
  expect(fileIn(out, 'node1/keepalived.conf')).toContain(`priority ${priority}\n`);
});

test('an option that will not do is told before the first question', async () => {
  const place = await openPlace();
  const screen = terminal(place, ['--profile', 'bogus']);
  expect(await screen.end(), screen.text).toBe(2);
  expect(screen.text).toContain('--profile is one of balanced, article, fast, not "bogus"');
  expect(screen.text).not.toContain('Address of the other node');
});
