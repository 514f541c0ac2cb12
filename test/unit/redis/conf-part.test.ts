import { writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { generateRedisConfPart, localFor, partName, redisConfHints } from '../../../src/redis/conf-part.ts';
import { lastOf, readRedisConf } from '../../../src/redis/redis-conf.ts';
import { blueprint, service } from '../keepalived/pair.ts';
import { temporaryFile } from '../temporary.ts';

const pair = blueprint({ services: [service({ ports: [6380] })] });

const hintsOf = (conf: string) => redisConfHints(temporaryFile('redis.conf', conf));
const partFor = (conf: string | undefined, own: 0 | 1 = 0): string =>
  generateRedisConfPart(pair, own, 6380, conf === undefined ? undefined : hintsOf(conf));
const directives = (part: string) => readRedisConf(temporaryFile('part.conf', part));

describe('the part of redis.conf', () => {
  test('each node names the other, and nothing is in force but what was meant', () => {
    const [first, second] = [directives(partFor(undefined, 0)), directives(partFor(undefined, 1))];
    expect(first.problems).toEqual([]);
    expect(first.directives.map(({ name, args }) => [name, ...args])).toEqual([
      ['replicaof', '10.0.0.2', '6380'],
      ['bind', '0.0.0.0'],
      ['repl-backlog-size', '64mb'],
      ['repl-backlog-ttl', '0'],
      ['replica-read-only', 'yes'],
      ['repl-diskless-sync', 'yes'],
      ['repl-diskless-sync-delay', '5'],
    ]);
    expect(lastOf(second, 'replicaof')).toBe('10.0.0.1');
  });

  test.each([
    [undefined, 'bind 0.0.0.0'],
    ['bind 127.0.0.1 -::1', 'bind 0.0.0.0'],
    ['bind 10.0.0.1 127.0.0.1', 'bind 0.0.0.0'],
    ['', undefined],
    ['bind * -::*', undefined],
  ])('it listens for the other node and the clients, whatever redis.conf has: %s', (conf, line) => {
    expect(/^bind .*$/m.exec(partFor(conf))?.[0]).toBe(line);
  });

  test('a password is never copied, only asked for', () => {
    const part = partFor('requirepass sesame\n');
    expect(part).not.toContain('sesame');
    expect(part).toContain('sets requirepass and no masterauth');
  });

  test('its own text, included by the redis.conf, is no word of the operator: it comes the same each time', () => {
    const conf = temporaryFile('redis.conf', 'requirepass sesame\ninclude redis-pair-6380.conf\n');
    const first = generateRedisConfPart(pair, 0, 6380, redisConfHints(conf));
    writeFileSync(join(dirname(conf), partName(6380)), `${first}masterauth sesame\n`);
    expect(generateRedisConfPart(pair, 0, 6380, redisConfHints(conf))).toBe(first);
    expect(first).toMatch(/^repl-backlog-size 64mb$/m);
  });

  test('a masterauth that is there is left alone, whoever it is for', () => {
    const part = partFor('requirepass sesame\nmasterauth sesame\nmasteruser replicator\n');
    expect(part).not.toContain('sesame');
    expect(part).toContain('masterauth for the user replicator is set in');
    expect(part).not.toContain('no masterauth');
  });

  test.each([
    ['repl-backlog-size 1mb', '64mb'],
    ['repl-backlog-size 67108863', '64mb'],
    ['repl-backlog-size 64mb', undefined],
    ['repl-backlog-size 1G', undefined],
  ])('%s: the larger one stays', (line, size) => {
    expect(lastOf(directives(partFor(`${line}\n`)), 'repl-backlog-size')).toBe(size);
  });

  test('the link speaks TLS where the port does', () => {
    expect(lastOf(directives(partFor('port 0\ntls-port 6380\n')), 'tls-replication')).toBe('yes');
    expect(lastOf(directives(partFor('port 6380\ntls-port 6390\n')), 'tls-replication')).toBeUndefined();
  });
});

describe('what a redis.conf says', () => {
  test.each([
    ['', '10.0.0.1', '127.0.0.1'],
    ['', 'fd00::1', '::1'],
    ['bind 127.0.0.1 -::1', '10.0.0.1', '127.0.0.1'],
    ['bind 127.0.0.1 -::1', 'fd00::1', '::1'],
    ['bind 0.0.0.0', 'fd00::1', '127.0.0.1'],
    ['bind ::', '10.0.0.1', '::1'],
    ['bind * -::*', '10.0.0.1', '127.0.0.1'],
    ['bind -::1 10.0.0.1', '10.0.0.1', '::1'],
    ['bind 10.0.0.1', '10.0.0.1', '10.0.0.1'],
  ])('%j: node %s reaches its own server on %s', (line, address, local) => {
    expect(localFor(address, hintsOf(`${line}\n`))).toBe(local);
  });

  test('a cluster is told from a pair', () => {
    expect(hintsOf('cluster-enabled yes\n').isCluster).toBe(true);
    expect(hintsOf('cluster-enabled no\n').isCluster).toBe(false);
  });
});
