/** The third vote, as a redisha.toml has it. */
import { chmodSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import { loadSettings } from '../../../src/config/load.ts';
import { temporaryFile } from '../temporary.ts';

const readRedisConf = () => Promise.resolve({ values: {}, problems: [] });

const loadToml = (toml: string) => {
  const configFile = temporaryFile('redisha.toml', toml);
  chmodSync(configFile, 0o600);
  return loadSettings({ flags: {}, env: {}, configFile, readRedisConf });
};

describe('the witness', () => {
  test('is nobody where none is named, whatever else is said of it', async () => {
    expect((await loadToml('on_no_witness = "proceed"\nwitness_password_file = "/nowhere"')).witness).toBeUndefined();
  });

  test('has a password, a user and TLS of its own, and refuses by default', async () => {
    const lines = [
      `witness_password_file = "${temporaryFile('password', 'sesame\n')}"`,
      'witness_username = "redisha"',
      'witness_tls = true',
    ];
    const { witness } = await loadToml(['witness = "[fd00::3]:7000"', ...lines].join('\n'));
    expect(witness).toEqual({
      endpoint: { host: 'fd00::3', port: 7000 },
      username: 'redisha',
      password: 'sesame',
      tls: { ca: undefined, cert: undefined, key: undefined, servername: undefined },
      onNone: 'refuse',
      beforeTakeover: undefined,
    });
  });

  test.each([
    ['witness = "10.0.0.3"', /witness = "10\.0\.0\.3" is wrong: it needs a host and its port/],
    ['witness = "w:1"\nwitness_password_file = "/nowhere"', /witness_password_file: cannot read \/nowhere: ENOENT/],
    ['before_takeover = "ipmi off"', /needs a path that starts with/],
  ])('%j is refused', async (toml, says) => {
    await expect(loadToml(toml)).rejects.toThrow(says);
  });
});
