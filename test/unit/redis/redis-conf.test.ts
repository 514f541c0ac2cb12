import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { lastOf, readRedisConf, redisConfValues, splitWords } from '../../../src/redis/redis-conf.ts';
import { temporaryDirectory, temporaryFile } from '../temporary.ts';

describe('the words of a line', () => {
  test.each([
    ['port 6379', ['port', '6379']],
    ['  save 900   1\t', ['save', '900', '1']],
    ['requirepass "two words"', ['requirepass', 'two words']],
    ['requirepass ""', ['requirepass', '']],
    [String.raw`requirepass "a\"b\\c\n\x41\xZZ"`, ['requirepass', 'a"b\\c\nAxZZ']],
    [String.raw`requirepass 'a\'b\n"'`, ['requirepass', String.raw`a'b\n"`]],
    ['requirepass #not-a-comment', ['requirepass', '#not-a-comment']],
    ['requirepass "open', undefined],
    ['requirepass "a"b', undefined],
    ["requirepass 'a'b", undefined],
    ['', []],
  ])('%s', (line, words) => {
    expect(splitWords(line)).toEqual(words);
  });
});

const valuesOf = (content: string, port?: number) => redisConfValues(temporaryFile('redis.conf', content), port).values;

describe('redis.conf', () => {
  test('is read with what it includes, the last word counting', () => {
    const directory = temporaryDirectory();
    mkdirSync(join(directory, 'conf.d'));
    writeFileSync(join(directory, 'conf.d', '10-a.conf'), 'Port 7001\n');
    writeFileSync(join(directory, 'conf.d', '20-b.conf'), 'port 7002\nrequirepass b\n');
    const main = join(directory, 'redis.conf');
    writeFileSync(
      main,
      `# comment\nport 7000\ninclude ${directory}/conf.d/*.conf\ninclude ${directory}/none/*.conf\nrequirepass c\n`,
    );
    const conf = readRedisConf(main);
    expect(conf.problems).toEqual([]);
    expect([lastOf(conf, 'port'), lastOf(conf, 'requirepass'), lastOf(conf, 'bind')]).toEqual(['7002', 'c', undefined]);
    expect(conf.directives.map(({ name, line }) => `${name}:${String(line)}`)).toEqual([
      'port:2',
      'port:1',
      'port:1',
      'requirepass:2',
      'requirepass:5',
    ]);
  });

  test('that asks for whole trees of directories, or braces in braces, is not followed there', () => {
    for (const pattern of ['/**', '/*/*/*/x', '/tmp/{a,b}{c,d}{e,f}{g,h}*']) {
      const main = temporaryFile('redis.conf', `port 7000\ninclude ${pattern}\n`);
      const { directives, problems } = readRedisConf(main);
      expect(directives).toHaveLength(1);
      expect(problems).toEqual([`${pattern} is not read: redisha does not look into so many directories`]);
    }
  });

  test('has a largest size, and so has all that it includes together', () => {
    const lines = temporaryFile('redis.conf', 'a\n'.repeat(20_001));
    expect(readRedisConf(lines).problems).toEqual([`${lines}:20001 is not read: more than 20000 lines`]);
    expect(readRedisConf(lines).directives).toHaveLength(20_000);
    const large = temporaryFile('large.conf', '#'.repeat(3 * 1024 * 1024));
    const twice = temporaryFile('redis.conf', `include ${large}\ninclude ${large}\nport 7000\n`);
    expect(readRedisConf(twice).problems).toEqual([`cannot read ${large}: more than ${String(4 * 1024 * 1024)} bytes`]);
    const quotes = temporaryFile('redis.conf', '"\n'.repeat(100));
    expect(readRedisConf(quotes).problems).toHaveLength(20);
  });

  test('that includes itself, a directory or nothing readable ends, and says so', () => {
    const directory = temporaryDirectory();
    const main = join(directory, 'redis.conf');
    writeFileSync(main, `port 7000\ninclude ${main}\ninclude ${directory}\ninclude missing.conf\nrequirepass "x\n`);
    const { directives, problems } = readRedisConf(main);
    expect(directives[0]).toMatchObject({ name: 'port', args: ['7000'], file: main, line: 1 });
    expect(problems).toContain(`${main} is not read: too many includes`);
    expect(problems).toContain(`cannot read ${directory}: no regular file`);
    expect(problems).toContain(`cannot read ${join(directory, 'missing.conf')}: ENOENT`);
    expect(problems).toContain(`${main}:5: unbalanced quotes`);
  });

  test.each([
    ['nothing', '', undefined, { port: 6379 }],
    ['a port', 'port 7000', undefined, { port: 7000 }],
    ['no password', 'requirepass ""', undefined, { port: 6379 }],
    ['both ports: the plain one', 'port 7000\ntls-port 7001', undefined, { port: 7000 }],
    ['both ports, asked for the second', 'port 7000\ntls-port 7001', 7001, { port: 7001, tls: true }],
    ['only TLS', 'port 0\ntls-port 7001', undefined, { port: 7001, tls: true }],
    ['only a socket', 'port 0', undefined, {}],
    ['TLS files without TLS', 'tls-ca-cert-file /ca', undefined, { port: 6379 }],
    [
      'the certificate of a client',
      'port 0\ntls-port 1\ntls-cert-file /a\ntls-key-file /b\ntls-client-cert-file /c\ntls-client-key-file /d',
      undefined,
      { port: 1, tls: true, tls_cert_file: '/c', tls_key_file: '/d' },
    ],
    [
      'renamed commands',
      'rename-command config x\nrename-command DEBUG ""',
      undefined,
      { port: 6379, rename_commands: { CONFIG: 'x' } },
    ],
  ])('says how to reach the server: %s', (_name, content, port, values) => {
    expect(valuesOf(content, port)).toEqual(values);
  });
});
