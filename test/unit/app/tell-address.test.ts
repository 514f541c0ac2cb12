/** The network is told of every address that moves. */
import { expect, test } from 'vitest';
import { keepTelling, tellAddresses } from '../../../src/app/tell-address.ts';
import { recordingLog } from '../host/recording-log.ts';
import { tellAgainMs } from '../../../src/core/telling.ts';

const GONE = { why: 'the address has left', keepalivedEveryMs: undefined };
const UNKNOWN = 'the virtual address is not known: neither configured nor in keepalived.conf';

test.each([
  ['the configured one', 'v', [], ['v'], undefined],
  ['those of keepalived.conf', undefined, ['a', 'b'], ['a', 'b'], undefined],
  ['each once', 'a', ['a', 'b'], ['a', 'b'], undefined],
  ['all, also where one cannot be told', 'deaf', ['a'], ['deaf', 'a'], 'deaf is deaf'],
  ['none', undefined, [], [], UNKNOWN],
] as const)('%s', async (_name, vip, addresses, told, why) => {
  const heard: string[] = [];
  const untold = await tellAddresses(vip, { addresses, refreshMs: 60_000 }, (address) => {
    heard.push(address);
    return Promise.resolve(address === 'deaf' ? 'deaf is deaf' : undefined);
  });
  expect([heard, untold]).toEqual([told, why === undefined ? undefined : { why, keepalivedEveryMs: 60_000 }]);
});

test.each([
  [0, [3_500]],
  [5_000, [3_500, 7_000, 10_500]],
])('keepalived says a second time after %i ms where the address is: told again after %j', (secondWordMs, moments) => {
  expect(tellAgainMs(secondWordMs)).toEqual(moments);
});

test('a second announcement of next week is not waited for', () => {
  expect(tellAgainMs(604_800_000).at(-1)).toBe(19 * 3_500);
});

test.each([
  ['as long as the address is here', [undefined, undefined, undefined], false, [3_500, 7_000, 10_500]],
  ['until the address has left', [undefined, GONE], false, [3_500, 7_000]],
  ['not after the end of this process', [], true, []],
] as const)('the network is told again: %s', async (_name, answers, isAborted, toldMs) => {
  let nowMs = 0;
  const told: number[] = [];
  const stop = new AbortController();
  const clock = {
    delay: (ms: number) => {
      nowMs += ms;
      if (isAborted) stop.abort();
      return Promise.resolve();
    },
  };
  const neighbours = {
    tell: () => Promise.resolve(answers[told.push(nowMs) - 1]),
    secondWordMs: () => Promise.resolve(5_000),
  };
  const begun: number[] = [];
  await keepTelling({ clock, log: recordingLog().log, neighbours }, stop.signal, (forMs) => begun.push(forMs + nowMs));
  expect([begun, told]).toEqual([[10_500], toldMs]);
});
