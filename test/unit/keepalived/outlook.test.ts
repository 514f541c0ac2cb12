/** What keeps the address at a dead Redis, as the file says it: one line for each way. */
import { describe, expect, test } from 'vitest';
import { findInstance } from '../../../src/keepalived/conf.ts';
import { outlookFor, whenItReturns } from '../../../src/keepalived/outlook.ts';
import { readKeepalivedConf } from '../../../src/keepalived/parse.ts';
import { temporaryFile } from '../temporary.ts';

const SCRIPTS = '/usr/local/redis/sh';
const CHECK = `script "${SCRIPTS}/redis_check.sh 127.0.0.1 6379"`;
const MASTER = `notify_master "${SCRIPTS}/redis_master.sh 127.0.0.1 10.0.0.2 6379"`;

const check = (...lines: readonly string[]): string => `vrrp_script chk {\n${lines.join('\n')}\n}\n`;
const instance = (...lines: readonly string[]): string => `vrrp_instance VI {\n${lines.join('\n')}\n}\n`;
const TRACKED = 'track_script {\nchk\n}';

const outlook = (content: string) => {
  const file = temporaryFile('k.conf', content);
  const conf = readKeepalivedConf(file, () => undefined);
  if (conf === undefined) throw new Error('cannot read it back');
  const { troubles, notes } = outlookFor(conf, { peer: '10.0.0.2', port: 6379 });
  return [troubles, notes].map((list) => list.map((one) => one.replaceAll(file, 'k.conf')));
};

const RELOAD = 'then systemctl reload keepalived';

describe('in order', () => {
  test.each([
    ['a check without a weight', check(CHECK) + instance(MASTER, 'nopreempt', TRACKED)],
    ['a weight of 0', check(CHECK, 'weight 0') + instance(MASTER, 'nopreempt', TRACKED)],
    [
      'a weight that the instance takes back',
      check(CHECK, 'weight -20') + instance(MASTER, 'nopreempt', 'track_script {\nchk weight 0\n}'),
    ],
    [
      'the file of a resident',
      'track_file f {\nfile /run/redisha/6379-unfit\nweight 0\n}\n' + instance(MASTER, 'track_file {\nf\n}'),
    ],
    ['the check of somebody else', 'vrrp_script x {\nscript /bin/true\n}\n' + instance(MASTER, 'track_script {\nx\n}')],
    ['an instance that is none of ours', instance('priority 5')],
    [
      'a check tracked by the group',
      check(CHECK) + 'vrrp_sync_group G {\ngroup {\nVI\n}\ntrack_script {\nchk\n}\n}\n' + instance(MASTER),
    ],
    [
      'the weight of the check of somebody else',
      'vrrp_script x {\nscript /bin/true\nweight -5\n}\n' +
        check(CHECK) +
        instance(MASTER, 'nopreempt', 'track_script {\nx\nchk\n}'),
    ],
  ])('%s', (_name, content) => {
    expect(outlook(content)).toEqual([[], []]);
  });
});

describe('the address stays at a dead Redis', () => {
  const weighs = (line: number): string =>
    `line ${String(line)} of k.conf: the check chk has weight -20, and VI has nopreempt: a lower priority moves no address then, ` +
    `so it stays at a dead Redis: take "weight -20" out on both hosts, so that a failure means FAULT; ${RELOAD}`;
  const untracked = (line: number): string =>
    `line ${String(line)} of k.conf: VI does not track the check chk, so the address stays at a dead Redis: ` +
    `"track_script { chk }" in VI, below the vrrp_script; ${RELOAD}`;

  test.each([
    ['a weight with nopreempt', check(CHECK, 'weight -20') + instance(MASTER, 'nopreempt', TRACKED), weighs(3)],
    [
      'a weight of the instance',
      check(CHECK) + instance(MASTER, 'nopreempt', 'track_script {\nchk weight -20\n}'),
      weighs(8),
    ],
    ['no instance tracks the check', check(CHECK) + instance(MASTER), untracked(4)],
    ['the check stands below the instance', instance(MASTER, TRACKED) + check(CHECK), untracked(1)],
    [
      'no check at all',
      instance(MASTER),
      'line 1 of k.conf: VI tracks no check, so the address stays at a dead Redis: redisha config writes a check',
    ],
    [
      'a notify that is not quoted',
      check(CHECK) + instance(MASTER.replaceAll('"', ''), TRACKED),
      `line 5 of k.conf: keepalived takes only what is in one pair of quotes for the command, and calls notify_master never: ` +
        `notify_master "${SCRIPTS}/redis_master.sh …", all in one pair of quotes; ${RELOAD}`,
    ],
    [
      'a check that is not quoted',
      check(CHECK.replaceAll('"', '')) + instance(MASTER, TRACKED),
      `line 2 of k.conf: keepalived takes only what is in one pair of quotes for the command, and calls this check without its words: ` +
        `script "${SCRIPTS}/redis_check.sh …", all in one pair of quotes; ${RELOAD}`,
    ],
  ])('%s', (_name, content, trouble) => {
    expect(outlook(content)).toEqual([[trouble], []]);
  });
});

test('a weight alone depends on the file of the other node', () => {
  const [troubles, notes] = outlook(check(CHECK, 'weight -20') + instance(MASTER, 'priority 150', TRACKED));
  expect(troubles).toEqual([]);
  expect(notes).toEqual([
    'line 3 of k.conf: the check chk has weight -20: a dead Redis leaves priority 130 of 150, and the address moves only if the ' +
      `other host has more than 130 and no nopreempt: take "weight -20" out on both hosts, so that a failure means FAULT; ${RELOAD}`,
  ]);
});

test('nothing is claimed of a file with a line that is not understood', () => {
  expect(outlook(check(CHECK, 'weight -20') + instance(MASTER, 'nopreempt', TRACKED, '~SEQ(X,1,3) a'))).toEqual([
    [],
    [
      'line 11 of k.conf is not understood: redisha does not follow ~SEQ and ~LST; so redisha does not say what the file means',
    ],
  ]);
});

test('in a sync group no claim keeps the address', () => {
  const tracked = 'track_file f {\nfile /run/redisha/6379-unfit\nweight 0\n}\n';
  const inGroup = (line: string) =>
    outlook(`${tracked}vrrp_sync_group G {\ngroup {\nVI\n}\n${line}\n}\n${instance(MASTER, 'track_file {\nf\n}')}`);
  const [troubles, notes] = inGroup('');
  expect(inGroup('sync_group_tracking_weight')).toEqual([[], []]);
  expect(troubles).toEqual([]);
  expect(notes).toEqual([
    expect.stringMatching(/^line \d+ of k\.conf: VI is in the vrrp_sync_group G, where keepalived changes no priority/),
  ]);
});

const said = (...lines: readonly string[]): string => {
  const conf = readKeepalivedConf(
    temporaryFile('k.conf', check(CHECK, 'interval 2') + instance(...lines)),
    () => undefined,
  );
  const found = conf && findInstance(conf, { peer: '10.0.0.2', port: 6379 });
  return found === undefined ? 'no instance' : whenItReturns(found);
};

describe('whether the address comes back, and how soon', () => {
  test.each([
    ['not by itself', ['nopreempt'], /^The address stays at the peer \(nopreempt\)\. "redisha promote"/],
    ['to the preferred node', ['state MASTER', 'advert_int 3', TRACKED], /^This is the preferred node: .* about 14 s/],
    ['by priority', ['priority 99', 'advert_int 1'], /^If its priority \(99\) is higher .* about 4 s/],
  ])('%s', (_name, lines, expected) => {
    expect(said(MASTER, ...lines)).toMatch(expected);
  });
});
