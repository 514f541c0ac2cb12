/** What a check leaves behind: for the next one, for people, and the repair that it starts. */
import { describe, expect, test } from 'vitest';
import type { Checked } from '../../../src/app/check.ts';
import type { JournalEntry, LastCheck, Memory } from '../../../src/app/ports.ts';
import type { SettleWorld } from '../../../src/app/settle.ts';
import { settle } from '../../../src/app/settle.ts';
import { recordingLog } from '../host/recording-log.ts';

const PAIR = { local: '10.0.0.1', peer: '10.0.0.2' };
const WHOLE = {
  runs: { local: 'one', peer: 'other' },
  wasMaster: true,
  keys: 3,
  data: { program: { product: 'redis', version: [7, 0, 15] }, wholeRun: undefined, gap: undefined },
} as const;

const LEADS: Checked = {
  verdict: { fit: true, rule: 38, why: 'it is the master', isInOrder: true, heal: undefined },
  condition: { row: 38, local: 'master', peer: 'replica', isSound: true },
  sinceMs: 0,
  processId: 7,
  unremembered: undefined,
  address: undefined,
  toTell: undefined,
};
const READ_ONLY: Checked = {
  ...LEADS,
  verdict: { fit: false, rule: 54, why: 'it is read-only under the address', isInOrder: false, heal: 'master' },
  condition: { row: 'read-only', local: 'replica', peer: 'replica', isSound: false },
};

/** A world in which everything works; `opened` names what was loaded for it. */
const open = (parts: Partial<SettleWorld> = {}) => {
  const { log, lines } = recordingLog();
  const saved: LastCheck[] = [];
  const remembered: Memory[] = [];
  const repairs: (readonly [string, string])[] = [];
  const opened: string[] = [];
  const journal: JournalEntry[] = [];
  const time = { nowMs: 0 };
  const told: boolean[] = [];
  const world: SettleWorld = {
    clock: { nowMs: () => time.nowMs },
    port: 6379,
    pair: () => PAIR,
    lastCheck: {
      load: () => saved.at(-1),
      save: (last) => {
        saved.push(last);
        return undefined;
      },
    },
    warnings: () => Promise.resolve([]),
    log: () => {
      opened.push('log');
      return Promise.resolve(log);
    },
    memory: () => {
      opened.push('memory');
      return Promise.resolve({
        load: () => Promise.resolve(remembered.at(-1)),
        save: (memory) => {
          remembered.push(memory);
          return Promise.resolve();
        },
      });
    },
    explainLink: () => Promise.resolve({ code: 'no-masterauth', why: 'no password', next: 'set one' }),
    journal: () => {
      opened.push('journal');
      return Promise.resolve({
        append: (entry) => {
          journal.push(entry);
          return Promise.resolve();
        },
      });
    },
    tellDrained: (isDrained) => {
      told.push(isDrained);
      return Promise.resolve();
    },
    startRepair: (intent, { peer }) => {
      repairs.push([intent, peer]);
      return Promise.resolve();
    },
    ...parts,
  };
  const at = (nowMs: number, checked: Checked): Promise<void> => {
    time.nowMs = nowMs;
    return settle(world, checked);
  };
  return { at, lines, saved, remembered, repairs, opened, journal, told };
};

describe('what a check leaves behind', () => {
  test('the first one is recorded and logged', async () => {
    const { at, lines, saved } = open({ warnings: () => Promise.resolve(['a file is too open']) });
    await at(0, LEADS);
    expect(saved).toEqual([
      {
        fit: true,
        condition: LEADS.condition,
        sinceMs: 0,
        processId: 7,
        repairs: [],
        address: undefined,
      },
    ]);
    expect(lines).toEqual([
      ['info', 'fit', { port: 6379, rule: 38, why: 'it is the master', heal: undefined }],
      ['warn', 'configuration', { warning: 'a file is too open' }],
    ]);
  });

  test('the server is told whether its node is drained, also where nothing else is new', async () => {
    const { at, told } = open();
    await at(0, LEADS);
    await at(10, { ...LEADS, toTell: true });
    await at(20, { ...LEADS, toTell: false });
    await at(30, LEADS);
    expect(told).toEqual([true, false]);
  });

  test('the same once more: nothing is written, and nothing is loaded', async () => {
    const { at, saved, opened } = open();
    await at(0, LEADS);
    opened.length = 0;
    await at(2000, LEADS);
    expect([saved.length, opened]).toEqual([1, []]);
  });

  test('a verdict, and an address that comes or goes, are in the journal once', async () => {
    const { at, journal, saved } = open();
    const here = { isHere: true, sinceMs: 0 };
    for (const nowMs of [0, 2000]) await at(nowMs, { ...LEADS, address: here });
    await at(4000, { ...LEADS, address: { isHere: false, sinceMs: 4000 } });
    await at(6000, { ...READ_ONLY, address: { isHere: false, sinceMs: 4000 } });
    expect(journal).toEqual([
      { event: 'verdict', fit: true, inOrder: true, rule: 38, why: 'it is the master' },
      { event: 'address', isHere: true },
      { event: 'address', isHere: false },
      {
        event: 'verdict',
        fit: false,
        inOrder: false,
        heal: 'master',
        rule: 54,
        why: 'it is read-only under the address',
      },
    ]);
    expect(saved.map(({ address }) => address?.isHere)).toEqual([true, false, false]);
  });

  test('while a command is at work nobody need look, and yet a pair with a dead node is not in order', async () => {
    const { at, journal } = open();
    await at(0, { ...LEADS, condition: { ...LEADS.condition, peer: 'refused' } });
    expect(journal).toMatchObject([{ event: 'verdict', fit: true, inOrder: false }]);
  });

  test('a pair that is not in order is a warning although the node is fit', async () => {
    const { at, lines } = open();
    await at(0, { ...LEADS, verdict: { ...LEADS.verdict, isInOrder: false } });
    expect(lines).toMatchObject([['warn', 'fit', { rule: 38 }]]);
  });

  test('a link that is down is logged with its cause, and with what to type', async () => {
    const { at, lines } = open();
    await at(0, { ...READ_ONLY, verdict: { ...READ_ONLY.verdict, rule: 62, isLinkDown: true } });
    expect(lines).toMatchObject([['warn', 'unfit', { rule: 62, cause: 'no password', hint: 'set one' }]]);
  });

  test('a server that is silent keeps the process that it was known by', async () => {
    const { at, saved } = open();
    await at(0, LEADS);
    await at(2000, { ...READ_ONLY, processId: undefined });
    expect(saved.map(({ processId }) => processId)).toEqual([7, 7]);
  });

  test('what cannot be written is logged, and counts all the same', async () => {
    const saved: LastCheck[] = [];
    const save = (last: LastCheck): string => {
      saved.push(last);
      return 'the disk is full';
    };
    const { at, lines } = open({ lastCheck: { load: () => saved.at(-1), save } });
    await at(0, LEADS);
    await at(2000, LEADS);
    expect(lines.slice(1)).toEqual([['warn', 'state-not-written', { problem: 'the disk is full' }]]);
  });

  test('a pair that is whole is remembered, by the names that it is known by', async () => {
    const { at, remembered } = open();
    await at(0, { ...LEADS, unremembered: WHOLE });
    expect(remembered).toEqual([{ ...PAIR, ...WHOLE }]);
  });

  const OLDER = { side: 'local', keys: 10, newerKeys: 0, behindBytes: 40 } as const;

  test.each([
    ['with older data', { older: OLDER, isCopiedOver: false }, 7, [/older data \(10 keys/]],
    [
      'and was copied over before anybody looked',
      { older: undefined, isCopiedOver: true },
      6,
      [/before redisha could/],
    ],
    ['and was copied over when that was settled', { older: undefined, isCopiedOver: true }, 7, []],
    ['with what it had', { older: undefined, isCopiedOver: false }, 6, []],
  ])('a server that is in step again came back %s', async (_name, cameBack, seenBefore, told) => {
    const { at, lines, journal } = open();
    await at(0, { ...LEADS, processId: seenBefore });
    await at(1, { ...LEADS, unremembered: WHOLE, cameBack });
    const said = lines.filter(([, event]) => event === 'older-data');
    expect(said).toHaveLength(told.length);
    for (const why of told) expect(JSON.stringify(said)).toMatch(why);
    expect(journal.filter(({ event }) => event === 'older-data')).toHaveLength(told.length);
  });

  test('without a peer there is nothing to remember and nothing to repair', async () => {
    const { at, remembered, repairs, lines } = open({ pair: () => undefined });
    await at(0, { ...READ_ONLY, unremembered: WHOLE });
    expect([remembered, repairs, lines.length]).toEqual([[], [], 1]);
  });
});

describe('the repair', () => {
  test('is started at once, and again only after a while', async () => {
    const { at, repairs, saved } = open();
    for (const nowMs of [1000, 3000, 10_999, 11_000]) await at(nowMs, READ_ONLY);
    expect(repairs).toEqual([
      ['master', PAIR.peer],
      ['master', PAIR.peer],
    ]);
    expect(saved.map(({ repairs: told }) => told.map(({ atMs }) => atMs))).toEqual([[1000], [11_000]]);
  });

  test('is not started anew because the same is unfit by now', async () => {
    const { at, repairs, saved } = open();
    await at(1000, { ...READ_ONLY, verdict: { ...READ_ONLY.verdict, fit: true } });
    await at(3000, READ_ONLY);
    expect([saved.length, repairs.length]).toEqual([2, 1]);
  });

  test('is recorded before it starts: what it leaves undone is not started anew by a check that looks meanwhile', async () => {
    const saved: LastCheck[] = [];
    const seen: number[] = [];
    const { at } = open({
      lastCheck: { load: () => saved.at(-1), save: (last) => void saved.push(last) },
      startRepair: () => {
        seen.push(saved.length);
        return Promise.resolve();
      },
    });
    await Promise.all([at(1000, READ_ONLY), at(1000, READ_ONLY)]);
    expect(seen).toEqual([1]);
  });

  test('that cannot be started is logged, and the check goes on', async () => {
    const { at, lines } = open({ startRepair: () => Promise.reject(new Error('no process is left')) });
    await at(0, READ_ONLY);
    expect(lines.slice(1)).toEqual([
      ['error', 'repair-not-started', { port: 6379, problem: 'Error: no process is left' }],
    ]);
  });
});
