import { chmodSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import type { LoadOptions } from '../../../src/config/load.ts';
import { loadSettings } from '../../../src/config/load.ts';
import { KEYS } from '../../../src/config/schema.ts';
import { redisConfValues } from '../../../src/redis/redis-conf.ts';
import { run } from '../../lib/process.ts';
import { temporaryDirectory, temporaryFile } from '../temporary.ts';

const load = (options: Partial<LoadOptions> = {}) =>
  loadSettings({
    flags: {},
    env: {},
    configFile: undefined,
    readRedisConf: (path, port) => Promise.resolve(redisConfValues(path, port)),
    ...options,
  });

/** The options of a file with this content. */
const loadToml = (toml: string, options: Partial<LoadOptions> = {}) => {
  const configFile = temporaryFile('redisha.toml', toml);
  chmodSync(configFile, 0o600);
  return load({ configFile, ...options });
};

/** A file that holds a secret. */
const secretFile = (content: string, mode = 0o600): string => {
  const file = temporaryFile('password', content);
  chmodSync(file, mode);
  return file;
};

describe('without a file', () => {
  test('everything has its default', async () => {
    const { policy, connection, files, check, warnings } = await load();
    expect(policy).toEqual({
      onStale: 'refuse',
      onEmpty: 'refuse',
      onDiverged: 'merge',
      onRescueFailure: 'refuse',
      syncTimeoutMs: 10_000,
      frozenTimeoutMs: 750,
      peerMasterTimeoutMs: 30_000,
      linkTimeoutMs: 60_000,
      handOverTimeoutMs: 3_000,
      loadingTimeoutMs: 15_000,
    });
    expect(connection).toMatchObject({
      port: 6379,
      peerPort: 6379,
      goneTimeoutMs: 400,
      tls: undefined,
      password: undefined,
      renamedCommands: {},
    });
    expect(files).toMatchObject({ config: undefined, stateDir: '/var/lib/redisha', logFormat: 'text', rescueKeep: 10 });
    expect(check).toEqual({
      deadlineMs: 1_200,
      connectTimeoutMs: 500,
      loadingGraceMs: 10_000,
      readLagMaxBytes: 1_048_576,
      busyGraceMs: 5_000,
      handOverBudgetMs: 20_000,
      watch: { tickMs: 200, stoppedMs: 300, silentMs: 2_000, busyMs: 5_000 },
    });
    expect(warnings).toEqual([]);
  });

  test('neither a TOML reader nor anything else of a package is loaded', async () => {
    const module = join(import.meta.dirname, '../../../src/config/load.ts');
    const program = `
      const { loadSettings } = await import(${JSON.stringify(module)});
      await loadSettings({ flags: {}, env: {}, configFile: undefined, readRedisConf: () => { throw new Error('asked'); } });
      const { registerHooks } = await import('node:module');
      const seen = [];
      registerHooks({ resolve: (name, context, next) => (seen.push(name), next(name, context)) });
      await import('smol-toml');
      console.log(seen.length > 1 ? 'fresh' : 'known');`;
    const { stdout, stderr } = await run([process.execPath, '--input-type=module', '-e', program]);
    expect([stdout.trim(), stderr]).toEqual(['fresh', '']);
  });
});

describe('the order of places', () => {
  test('is command line, environment, file, redis.conf, default', async () => {
    const redisConf = temporaryFile('redis.conf', 'port 1005\nrequirepass five\n');
    const toml = `port = 1003\nredis_conf = "${redisConf}"\n`;
    const flags = { port: '1001' };
    const env = { REDISHA_PORT: '1002' };
    expect((await loadToml(toml, { flags, env })).connection.port).toBe(1001);
    expect((await loadToml(toml, { env })).connection.port).toBe(1002);
    expect((await loadToml(toml)).connection.port).toBe(1003);
    expect((await loadToml(`redis_conf = "${redisConf}"`)).connection.port).toBe(1005);
    expect((await loadToml('')).connection.port).toBe(6379);
  });

  test('has the table of the port before the rest of the file', async () => {
    const toml = 'sync_timeout = "1s"\nlink_timeout = "2s"\n[instance.6380]\nsync_timeout = "3s"\n';
    const policies = await Promise.all(
      ['6379', '6380'].map(async (port) => (await loadToml(toml, { flags: { port } })).policy),
    );
    expect(policies).toMatchObject([
      { syncTimeoutMs: 1_000, linkTimeoutMs: 2_000 },
      { syncTimeoutMs: 3_000, linkTimeoutMs: 2_000 },
    ]);
  });

  test('finds the table of a port that only redis.conf says', async () => {
    const redisConf = temporaryFile('redis.conf', 'port 6380\n');
    const toml = `redis_conf = "${redisConf}"\n[instance.6380]\nsync_timeout = "3s"\n`;
    expect((await loadToml(toml)).policy.syncTimeoutMs).toBe(3_000);
  });

  test('is told for every option, and never with a secret', async () => {
    const toml = 'peer = "10.0.0.2"\npassword = "hunter2"\n[instance.6380]\nsync_timeout = "3s"\n';
    const { sources, files } = await loadToml(toml, {
      flags: { port: '6380' },
      env: { REDISHA_LOCAL: '10.0.0.1' },
    });
    const file = files.config ?? '';
    expect(Object.fromEntries(sources)).toMatchObject({
      port: { value: '6380', from: 'command line' },
      local: { value: '10.0.0.1', from: 'REDISHA_LOCAL' },
      peer: { value: '10.0.0.2', from: file },
      password: { value: '(set)', from: file },
      sync_timeout: { value: '3s', from: `${file} [instance.6380]` },
      link_timeout: { value: '60s', from: 'default' },
      vip: { value: undefined, from: 'default' },
    });
    expect([...sources.keys()]).toEqual(KEYS);
    expect(JSON.stringify([...sources])).not.toContain('hunter2');
  });

  test('takes REDISHA_CONFIG where no flag names a file, and an empty variable for none', async () => {
    const file = temporaryFile('redisha.toml', 'port = 7000');
    expect((await load({ env: { REDISHA_CONFIG: file, REDISHA_PORT: '' } })).connection.port).toBe(7000);
  });
});

describe('a wrong file is refused', () => {
  test.each([
    ['an unknown key', 'sync_timout = "1s"', 'unknown key sync_timout; the closest is sync_timeout'],
    ['a key with dashes', 'Peer-Port = 1', 'unknown key Peer-Port; the closest is peer_port'],
    ['an unknown key of a port', '[instance.6380]\ntsl = true', 'instance.6380: unknown key tsl; the closest is tls'],
    [
      'a table that is no port',
      '[instance.main]\ntls = true',
      'instance.main is wrong: it needs a table named by a port',
    ],
    ['a port in its own table', '[instance.6380]\nport = 1', 'instance.6380: port is wrong'],
    ['instances that are no tables', 'instance = 6380', 'instance is wrong: it needs tables'],
    ['a number for a duration', 'sync_timeout = 10', 'sync_timeout = 10 is wrong: it needs a duration with its unit'],
    ['a bad duration', 'sync_timeout = "10 sec"', 'sync_timeout = "10 sec" is wrong: it needs a duration'],
    [
      'a word that is no choice',
      'on_diverged = "guess"',
      '"guess" is wrong: it needs one of "merge", "rescue", "manual"',
    ],
    ['a text for a port', 'port = "redis"', 'port = "redis" is wrong: it needs a port from 1 to 65535'],
    ['a relative path', 'state_dir = "state"', 'state_dir = "state" is wrong: it needs a path that starts with "/"'],
    ['a renamed command that is no text', 'rename_commands = { FAILOVER = 1 }', 'needs a table of command names'],
    ['no TOML', 'port = \n', ':1:'],
    ['a duplicate', 'port = 1\nport = 2\n', ':2:'],
  ])('%s', async (_name, toml, message) => {
    await expect(loadToml(toml)).rejects.toMatchObject({
      code: 'CONFIG_INVALID',
      message: expect.stringContaining(message) as unknown,
      hint: 'redisha config show',
    });
    await expect(loadToml(toml)).rejects.toThrow(/redisha\.toml/);
  });

  test('which was named and is not there', async () => {
    await expect(load({ configFile: '/nowhere/redisha.toml' })).rejects.toMatchObject({
      code: 'CONFIG_INVALID',
      message: 'cannot read /nowhere/redisha.toml: ENOENT',
    });
  });

  test('without a word of the password in it', async () => {
    for (const toml of [
      'password = "hunter2',
      'password = ["hunter2"]',
      'password = "hunter2" "x"',
      "password = 'hunter2\n'",
    ]) {
      const error = await loadToml(toml).catch((caught: unknown) => caught);
      expect(error).toMatchObject({ code: 'CONFIG_INVALID' });
      expect(JSON.stringify(error, Object.getOwnPropertyNames(error)), toml).not.toContain('hunter2');
    }
  });

  test('as a wrong variable is by its name, and a wrong word of the command line as usage', async () => {
    await expect(load({ env: { REDISHA_SYNC_TIMEOUT: '10' } })).rejects.toMatchObject({
      code: 'CONFIG_INVALID',
      message: expect.stringMatching(
        /^REDISHA_SYNC_TIMEOUT: sync_timeout = "10" is wrong: it needs a duration/,
      ) as unknown,
    });
    await expect(load({ flags: { port: 'x' } })).rejects.toMatchObject({
      code: 'USAGE',
      message: expect.stringMatching(/^command line: port = "x" is wrong/) as unknown,
    });
  });
});

describe('the password', () => {
  test('is the first line of its file', async () => {
    const { connection, warnings } = await loadToml(`password_file = "${secretFile(' hunter 2 \nmore\n')}"`);
    expect([connection.password, warnings]).toEqual([' hunter 2 ', []]);
  });

  test.each([
    ['REDISHA_PASSWORD before REDISCLI_AUTH', { REDISHA_PASSWORD: 'a', REDISCLI_AUTH: 'b' }, 'a'],
    ['REDISCLI_AUTH before the file', { REDISCLI_AUTH: 'b' }, 'b'],
    ['the file where no variable is set', {}, 'c'],
  ])('is taken by %s', async (_name, env, password) => {
    expect((await loadToml('password = "c"', { env })).connection.password).toBe(password);
  });

  test('is taken from the file of a higher place before the word of a lower one', async () => {
    const env = { REDISHA_PASSWORD_FILE: secretFile('file\n') };
    expect((await loadToml('password = "word"', { env })).connection.password).toBe('file');
  });

  test('is refused where one place says it twice, or its file is empty or missing', async () => {
    const both = `password = "hunter2"\npassword_file = "${secretFile('x')}"`;
    await expect(loadToml(both)).rejects.toThrow(/password and password_file are both set/);
    await expect(loadToml(`password_file = "${secretFile('\n')}"`)).rejects.toThrow(/the first line of .* is empty/);
    await expect(loadToml('password_file = "/nowhere"')).rejects.toThrow('password_file: cannot read /nowhere: ENOENT');
  });

  test('that others may read is used, with a warning', async () => {
    const file = secretFile('hunter2', 0o640);
    const { connection, warnings } = await loadToml(`password_file = "${file}"`);
    expect(connection.password).toBe('hunter2');
    expect(warnings).toEqual([`others than its owner may read ${file}: chmod 600 ${file}`]);
    const toml = temporaryFile('redisha.toml', 'password = "hunter2"');
    chmodSync(toml, 0o644);
    expect((await load({ configFile: toml })).warnings).toEqual([
      `${toml} holds a password and others than its owner may read it: chmod 600 ${toml}`,
    ]);
    expect((await load({ configFile: toml, env: { REDISCLI_AUTH: 'x' } })).warnings).toEqual([]);
  });
});

describe('redis.conf', () => {
  test('gives port, password, TLS and renamed commands', async () => {
    const directory = temporaryDirectory();
    writeFileSync(join(directory, 'ca.pem'), 'CA');
    writeFileSync(join(directory, 'redis.crt'), 'CERT');
    writeFileSync(join(directory, 'redis.key'), 'KEY');
    const redisConf = join(directory, 'redis.conf');
    writeFileSync(
      redisConf,
      `port 0\ntls-port 6390\nrequirepass "hunter\\x32"\nrename-command FAILOVER x1\ntls-ca-cert-file ${directory}/ca.pem
       tls-cert-file ${directory}/redis.crt\ntls-key-file ${directory}/redis.key\n`,
    );
    const { connection, sources } = await load({ env: { REDISHA_REDIS_CONF: redisConf } });
    expect(connection).toMatchObject({
      port: 6390,
      password: 'hunter2',
      renamedCommands: { FAILOVER: 'x1' },
      tls: { ca: Buffer.from('CA'), cert: Buffer.from('CERT'), key: Buffer.from('KEY'), servername: undefined },
    });
    expect(sources.get('password')).toEqual({ value: '(set)', from: redisConf });
  });

  test('that cannot be read is a warning: the rest may be enough to fail over', async () => {
    const { connection, warnings } = await load({ env: { REDISHA_REDIS_CONF: '/nowhere/redis.conf' } });
    expect(connection.port).toBe(6379);
    expect(warnings).toEqual(['cannot read /nowhere/redis.conf: ENOENT']);
  });

  test('names TLS files that must be there', async () => {
    await expect(loadToml('tls = true\ntls_ca_file = "/nowhere/ca.pem"')).rejects.toMatchObject({
      code: 'CONFIG_INVALID',
      message: 'tls_ca_file: cannot read /nowhere/ca.pem: ENOENT',
    });
  });

  test('may name all the authorities that a distribution and a site trust', async () => {
    const ca = temporaryFile('ca.pem', 'x'.repeat(1_000_000));
    const { connection } = await loadToml(`tls = true\ntls_ca_file = "${ca}"`);
    expect(connection.tls?.ca).toHaveLength(1_000_000);
  });
});
