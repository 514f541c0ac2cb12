/** The network is told of every address that moves. */
import { expect, test } from 'vitest';
import { tellAddresses } from '../../../src/app/tell-address.ts';

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
