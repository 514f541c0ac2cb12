import { expect, test } from 'vitest';
import { boundTo, names, unheard } from '../../../src/redis/bind.ts';
import { readRedisConf } from '../../../src/redis/redis-conf.ts';
import { temporaryFile } from '../temporary.ts';

const boundBy = (line: string) => boundTo(readRedisConf(temporaryFile('redis.conf', `${line}\n`)));

test.each<readonly [string, readonly string[]]>([
  ['', []],
  ['bind 10.0.0.1 127.0.0.1', ['10.0.0.100', 'fd00::1']],
  ['bind 10.0.0.1 -10.0.0.100', ['fd00::1']],
  ['bind 10.0.0.5', ['10.0.0.1', '10.0.0.100', 'fd00::1']],
  ['bind 127.0.0.1 -::1', ['10.0.0.1', '10.0.0.100', 'fd00::1']],
  ['bind ::', ['10.0.0.1', '10.0.0.100']],
  ['bind -::*', ['10.0.0.1', '10.0.0.100']],
  ['bind *', ['fd00::1']],
  ['bind 0.0.0.0 FD00:0::1', []],
  ['bind * -::*', []],
  ['bind ""', ['10.0.0.1', '10.0.0.100', 'fd00::1']],
  ['bind redis-1 localhost', []],
])('%s: nobody listens on %j', (line, addresses) => {
  expect(unheard(boundBy(line), ['10.0.0.1', '10.0.0.100', 'fd00::1'])).toEqual(addresses);
});

test.each([
  ['', false],
  ['bind 10.0.0.1', false],
  ['bind 10.0.0.1 -10.0.0.100', true],
])('%s: it is named: %s', (line, isNamed) => {
  expect(names(boundBy(line), '10.0.0.100')).toBe(isNamed);
});
