/** What the tests of generated files begin with: a pair, and keepalived.conf as redisha reads it back. */
import { expect } from 'vitest';
import type { Blueprint, Service } from '../../../src/core/blueprint.ts';
import type { KeepalivedConf } from '../../../src/keepalived/parse.ts';
import { readKeepalivedConf } from '../../../src/keepalived/parse.ts';
import { temporaryFile } from '../temporary.ts';

export const service = (change: Partial<Service> = {}): Service => ({
  ports: [6379],
  vip: '10.0.0.100',
  prefixLength: 24,
  family: 4,
  virtualRouterId: 100,
  ...change,
});

export const blueprint = (change: Partial<Blueprint> = {}): Blueprint => ({
  nodes: [
    { address: '10.0.0.1', local: '127.0.0.1', interface: 'eth0' },
    { address: '10.0.0.2', local: '127.0.0.1', interface: 'ens3' },
  ],
  services: [service()],
  syncGroup: false,
  readAddress: undefined,
  minReplicas: false,
  witness: undefined,
  profile: 'balanced',
  unicast: false,
  scriptUser: 'root',
  authPass: undefined,
  authHmacKeyFile: undefined,
  executable: '/usr/local/bin/redisha',
  redisConf: undefined,
  passwordFile: undefined,
  commandLine: 'redisha config --vip 10.0.0.100/24 --nodes 10.0.0.1,10.0.0.2',
  ...change,
});

export const parsed = (text: string): KeepalivedConf => {
  const conf = readKeepalivedConf(temporaryFile('keepalived.conf', text), () => undefined);
  if (conf === undefined) throw new Error('cannot read it back');
  expect(conf.problems).toEqual([]);
  return conf;
};
