import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { callsIn } from '../../../src/keepalived/calls.ts';
import { readKeepalivedConf } from '../../../src/keepalived/parse.ts';
import { wordsInScript } from '../../../src/world/found-password.ts';
import { temporaryDirectory } from '../temporary.ts';

const USERS = new Set(['root', 'pair_user']);

const confOf = (text: string) => {
  const file = join(temporaryDirectory(), 'keepalived.conf');
  writeFileSync(file, text);
  const conf = readKeepalivedConf(file, () => undefined);
  if (conf === undefined) throw new Error('not read');
  return conf;
};

test.each([
  [
    'an instance',
    'vrrp_instance VI_1 {\n notify_master "/sh/redis_master.sh 127.0.0.1 10.0.0.2 6379"\n}',
    {
      where: 'notify_master of VI_1',
      path: '/sh/redis_master.sh',
      words: ['127.0.0.1', '10.0.0.2', '6379'],
      stray: [],
    },
  ],
  [
    'a check without quotes: keepalived takes its second word for a user',
    'vrrp_script chk {\n script /sh/redis_check.sh 127.0.0.1 6379\n}',
    { where: 'chk', path: '/sh/redis_check.sh', words: [], stray: ['127.0.0.1', '6379'] },
  ],
  [
    'a user of its own',
    'global_defs {\n script_user root\n}\nvrrp_script chk {\n script "/bin/redisha check 127.0.0.1 6379"\n user pair_user\n}',
    { where: 'chk', user: 'pair_user', stray: [] },
  ],
  [
    'a user behind the command',
    'vrrp_instance VI_1 {\n notify_fault "/sh/redis_fault.sh" pair_user pair_user\n}',
    { user: 'pair_user', stray: [] },
  ],
  [
    'the FIFO',
    'global_defs {\n script_user root\n vrrp_notify_fifo_script "/bin/redisha watch 127.0.0.1 10.0.0.2 VI=6379"\n}',
    { where: 'vrrp_notify_fifo_script', user: 'root' },
  ],
] as const)('%s', (_name, text, call) => {
  expect(callsIn(confOf(text), USERS)).toMatchObject([call]);
});

test('other programs are nobody’s business', () => {
  expect(callsIn(confOf('vrrp_script chk {\n script "/bin/other 1"\n}'), USERS)).toEqual([]);
});

test.each([
  ['redis-cli -h $1 -p $2 -a s3cret PING', ['s3cret']],
  ['export REDISCLI_AUTH="two words"', ['two words']],
  ["PASSWORD='x y'\nredis-cli -a $PASSWORD ping", ['x y']],
  ['redis-cli --pass abc; echo', ['abc']],
  ['redis-cli -p 6379 PING', []],
] as const)('a password in a script: %s', (text, words) => {
  expect(wordsInScript(text)).toEqual(words);
});
