/** Whom `config` takes for the user of the scripts. It has to be whom install.sh takes. */
import { chownSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import type { PairRequest } from '../../../src/cli/runtime.ts';
import { parsePairRequest } from '../../../src/cli/pair-request.ts';
import { scriptUserFor } from '../../../src/world/config-user.ts';
import { temporaryDirectory, temporaryFile } from '../temporary.ts';

const request = (more: Readonly<Record<string, string>> = {}): PairRequest =>
  parsePairRequest({ vip: '10.0.0.100', nodes: '10.0.0.1,10.0.0.2', ...more });

const NOTHING = { stateDir: '/nowhere', keepalivedConf: '/nowhere' };
const confOf = (user: string): string => temporaryFile('keepalived.conf', `global_defs {\n  script_user ${user}\n}\n`);

const userBeside = (user: string): string =>
  scriptUserFor(request(), { ...NOTHING, keepalivedConf: confOf(user) }).value;

/** Source: base-passwd, the users that every Debian has; RHEL has the first. */
const [NOBODY, NOBODY_UID] = ['nobody', 65534];

const nobodys = (): string => {
  const directory = temporaryDirectory();
  chownSync(directory, NOBODY_UID, NOBODY_UID);
  return directory;
};

describe.skipIf(process.getuid?.() !== 0)('the owner of the state directory', () => {
  test('goes before the script_user of keepalived.conf', () => {
    const stateDir = nobodys();
    const { value, notes } = scriptUserFor(request(), { stateDir, keepalivedConf: confOf('root') });
    expect(value).toBe(NOBODY);
    expect(notes).toEqual([
      `the scripts run as nobody, who owns ${stateDir}, on both nodes: --script-user where that is another one`,
    ]);
  });

  test('is told where another one is asked for, unless that is root', () => {
    const places = { ...NOTHING, stateDir: nobodys() };
    expect(scriptUserFor(request({ scriptUser: 'daemon' }), places).notes).toEqual([
      expect.stringMatching(/belongs to nobody, so that daemon .*: --script-user nobody, or .* --user daemon$/),
    ]);
    for (const scriptUser of ['nobody', 'root'])
      expect(scriptUserFor(request({ scriptUser }), places).notes).toEqual([]);
  });
});

test('the script_user of keepalived.conf goes before what would be right on a new host, where there is such a user', () => {
  expect(userBeside(NOBODY)).toBe(NOBODY);
  expect(userBeside('nobody_knows')).toMatch(/^(?:keepalived_script|root)$/);
});

test.each([
  ['article', /calls no script, and takes the node for fit$/],
  ['balanced', /calls no script, and keeps the node in FAULT, without the address$/],
  ['fast', /calls no script, and keeps the node in FAULT, without the address$/],
])('a user that is not there, profile %s', (profile, says) => {
  const { notes } = scriptUserFor(request({ profile, scriptUser: 'nobody_knows' }), NOTHING);
  expect(notes).toEqual([expect.stringMatching(says)]);
});
