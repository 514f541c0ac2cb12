/** At which addresses clients find the master, as keepalived.conf and the options have it. */
import { expect, test } from 'vitest';
import { generateKeepalivedConf } from '../../../src/keepalived/generate.ts';
import { masterAddressesOf } from '../../../src/world/virtual-address.ts';
import { blueprint } from '../keepalived/pair.ts';
import { temporaryFile } from '../temporary.ts';

const READ = { vip: '10.0.0.102', prefixLength: undefined, family: 4 } as const;

test.each([
  ['the address of the instance, and not that for reading, which moves with it', undefined, ['10.0.0.100']],
  ['the configured one is the first', '10.0.0.9', ['10.0.0.9', '10.0.0.100']],
  ['a name tells nobody where an address is', 'redis.example', ['10.0.0.100']],
])('%s', async (_name, vip, expected) => {
  const file = temporaryFile('keepalived.conf', generateKeepalivedConf(blueprint({ readAddress: READ }), 0));
  const settings = { connection: { vip }, files: { keepalivedConf: file } } as Parameters<typeof masterAddressesOf>[0];
  expect(await masterAddressesOf(settings, { peer: '10.0.0.2', port: 6379 })).toEqual(expected);
});
