/** What `doctor --fix` makes of files, and what it leaves alone. */
import {
  chmodSync,
  chownSync,
  linkSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  renameSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { judgeCall } from '../../../src/cli/fitting.ts';
import type { Mend } from '../../../src/cli/doctoring.ts';
import { diagnoseFiles } from '../../../src/core/doctor/doctor.ts';
import type { DoctorFacts, HostSays } from '../../../src/core/doctor/facts.ts';
import { edited, editsFor } from '../../../src/core/doctor/mends.ts';
import { readKeepalivedConf } from '../../../src/keepalived/parse.ts';
import { keepalivedSaid } from '../../../src/keepalived/said.ts';
import { plannedMends } from '../../../src/world/mend.ts';
import { host } from '../core/doctor-builders.ts';
import { temporaryDirectory } from '../temporary.ts';

const isRoot = process.geteuid?.() === 0;
const NOBODY = 65_534;

const WORDS = '127.0.0.1 10.0.0.2 6379';
const MASTER = `notify_master "/usr/local/bin/redisha master ${WORDS}"`;
const BACKUP = `notify_backup "/usr/local/bin/redisha backup ${WORDS}"`;
const CHECK = 'script "/usr/local/bin/redisha check 127.0.0.1 6379"';

/** A file that is right, but for what is said. */
const confOf = (lines: {
  readonly master?: string;
  readonly check?: string;
  readonly user?: string;
}): string => `global_defs {
  router_id a${lines.user ?? '\n  script_user root'}
}
vrrp_script chk {
  ${lines.check ?? CHECK}
  interval 2
  timeout 2
}
vrrp_instance VI {
  state BACKUP
  interface eth0
  virtual_router_id 60
  priority 200
  advert_int 1
  virtual_ipaddress {
    10.0.0.100/24
  }
  track_script {
    chk
  }
  ${lines.master ?? MASTER}
  ${BACKUP}
}
`;

const factsOf = (file: string, says: Partial<HostSays> = {}): DoctorFacts => {
  const conf = readKeepalivedConf(file, () => undefined);
  if (conf === undefined) throw new Error(`${file} is not read`);
  const keepalived = keepalivedSaid(conf, judgeCall(undefined));
  return {
    own: { whose: 'own', isConfigured: false, toml: undefined, keepalived, redis: [] },
    peer: undefined,
    host: host({ programs: [], ...says }),
    servers: [],
    checkDeadlineMs: 1_200,
  };
};

const placed = (text: string): string => {
  const file = join(temporaryDirectory(), 'keepalived.conf');
  writeFileSync(file, text, { mode: 0o640 });
  return file;
};

const mendsOf = (file: string, says?: Partial<HostSays>): Promise<readonly Mend[]> => plannedMends(factsOf(file, says));

const BARE = `notify_master /usr/local/bin/redisha master ${WORDS}`;

describe('a line, and what becomes of it', () => {
  test.each([
    ['words without quotes', { master: BARE }, MASTER],
    ['the program alone in quotes', { master: `notify_master "/usr/local/bin/redisha" master ${WORDS}` }, MASTER],
    ['no user, on a host with keepalived_script', { user: '' }, 'global_defs {\n  script_user keepalived_script'],
    ['words that are quoted', {}, undefined],
    ['a check without quotes', { check: 'script /usr/local/bin/redisha check 127.0.0.1 6379' }, undefined],
    ['a comment behind it', { master: `${BARE} # the role` }, undefined],
    [
      'quotes of the shell',
      { master: `notify_master /usr/local/bin/redisha master '127.0.0.1' 10.0.0.2 6379` },
      undefined,
    ],
    ['a definition in it', { master: `notify_master /usr/local/bin/redisha master $_HASH 10.0.0.2 6379` }, undefined],
    ['a program of somebody else', { master: 'notify_master /usr/bin/logger -t x is master now' }, undefined],
  ])('%s', async (_, lines, expected) => {
    const file = placed(confOf(lines));
    const mends = (await mendsOf(file, { users: ['root', 'keepalived_script'] })).filter(
      ({ whyNot }) => whyNot === undefined,
    );
    expect(mends).toHaveLength(expected === undefined ? 0 : 1);
    for (const { carryOut } of mends) await carryOut();
    expect(readFileSync(file, 'utf8')).toContain(expected ?? BACKUP);
  });

  test('only that line becomes another', () => {
    const file = placed(confOf({ master: BARE }));
    const [before, facts] = [readFileSync(file, 'utf8').split('\n'), factsOf(file)];
    const edits = editsFor(facts, diagnoseFiles(facts), () => before);
    expect(edited(before, edits).join('\n')).toBe(confOf({}));
  });
});

describe('a file', () => {
  test('keeps owner and mode, and what was there is beside it', async () => {
    const file = placed(confOf({ master: BARE, user: '' }));
    if (isRoot) chownSync(file, 0, NOBODY);
    const before = readFileSync(file, 'utf8');
    const [mend, ...more] = await mendsOf(file);
    expect(more).toEqual([]);
    expect(mend?.ids.toSorted()).toEqual(['script-user-not-said', 'unquoted']);
    expect(mend?.shown).toContain(`-  ${BARE}\n`);
    expect(mend?.shown).toContain(`+  ${MASTER}\n`);
    const backup = await mend?.carryOut();
    expect(readFileSync(String(backup), 'utf8')).toBe(before);
    for (const path of [file, String(backup)])
      expect(statSync(path)).toMatchObject({ mode: 0o100_640, ...(isRoot ? { uid: 0, gid: NOBODY } : {}) });
    expect(readdirSync(join(file, '..'))).toHaveLength(2);
    expect((await mendsOf(file)).length).toBe(0);
  });

  test('that somebody changes meanwhile stays as it is', async () => {
    const file = placed(confOf({ master: BARE }));
    const [mend] = await mendsOf(file);
    const newer = confOf({ master: `${BARE} ` });
    writeFileSync(file, newer);
    await expect(mend?.carryOut()).rejects.toThrow(/has changed since it was looked at/);
    expect(readFileSync(file, 'utf8')).toBe(newer);
  });

  test('is not the one that was judged', async () => {
    const file = placed(confOf({ master: BARE }));
    const facts = factsOf(file);
    writeFileSync(file, confOf({ master: BARE }).replace('priority 200', 'priority 100'));
    expect(await plannedMends(facts)).toMatchObject([{ whyNot: expect.stringMatching(/has changed since/) as string }]);
  });

  test('password in it is not shown', async () => {
    const secret = 'authentication {\n    auth_type PASS\n    auth_pass hunter2\n  }\n  ';
    const file = placed(confOf({ master: secret + BARE }));
    const [mend] = await mendsOf(file);
    expect(mend?.shown).toContain('auth_pass (hidden)');
    expect(mend?.shown).not.toContain('hunter2');
  });

  test.each<[string, (file: string) => void, RegExp]>([
    [
      'a link',
      (file) => {
        renameSync(file, `${file}.real`);
        symlinkSync(`${file}.real`, file);
      },
      /is a link/,
    ],
    ['a second name', (file) => linkSync(file, `${file}.second`), /has a second name/],
  ])('that is not changed: %s', async (_, change, why) => {
    const file = placed(confOf({ master: BARE }));
    change(file);
    expect(await mendsOf(file)).toMatchObject([{ whyNot: expect.stringMatching(why) as string }]);
  });

  test.skipIf(!isRoot)('of another user is not changed (needs root)', async () => {
    const file = placed(confOf({ master: BARE }));
    chownSync(file, NOBODY, NOBODY);
    expect(await mendsOf(file)).toMatchObject([{ whyNot: expect.stringMatching(/belongs to another user/) as string }]);
  });

  test('whose copy keepalived would read as well is not changed', async () => {
    const directory = temporaryDirectory();
    const [main, part] = [join(directory, 'keepalived.conf'), join(directory, 'parts', 'pair.conf')];
    mkdirSync(join(directory, 'parts'));
    writeFileSync(part, confOf({ master: BARE }));
    writeFileSync(main, 'include parts/*.conf\n');
    const [narrow] = await mendsOf(main);
    expect(narrow?.whyNot).toBeUndefined();
    writeFileSync(main, 'include parts/*\n');
    const [wide] = await mendsOf(main);
    expect(wide?.whyNot).toMatch(/would read something else|would call other commands/);
  });

  test.each([
    ['the first of two', `${BARE}\n  ${MASTER.replace('10.0.0.2', '10.0.0.3')}`, /in another way/],
    ['words that do not fit', 'notify_master /usr/local/bin/redisha master secret word', /call other commands/],
    [
      'its own address as the peer',
      `notify_master /usr/local/bin/redisha master 127.0.0.1 10.0.0.100 6379`,
      /virtual-as-word/,
    ],
  ])('is not changed where that would lead to something else: %s', async (_, master, why) => {
    expect(await mendsOf(placed(confOf({ master })))).toMatchObject([{ whyNot: expect.stringMatching(why) as string }]);
  });
});

const gift = (home: string, isMissing: boolean, user = 'nobody'): Partial<HostSays> => ({
  unwritable: [{ says: '', fix: '', gift: { home, isMissing, user, what: 'directory' } }],
});
const giftsOf = (says: Partial<HostSays>): Promise<readonly Mend[]> => mendsOf(placed(confOf({})), says);

describe.skipIf(!isRoot)('what is to belong to the user of the scripts (needs root)', () => {
  test('is made', async () => {
    const home = join(temporaryDirectory(), 'state');
    const [mend] = await giftsOf(gift(home, true));
    expect(mend).toMatchObject({ ids: ['unwritable'], whyNot: undefined });
    await mend?.carryOut();
    expect(statSync(home)).toMatchObject({ uid: NOBODY, mode: 0o040_750 });
  });

  test('is given as a whole, and no link is followed', async () => {
    const directory = temporaryDirectory();
    const [home, outside] = [join(directory, 'state'), join(directory, 'outside')];
    mkdirSync(join(home, '6379'), { recursive: true, mode: 0o755 });
    writeFileSync(outside, '');
    writeFileSync(join(home, '6379', 'journal.jsonl'), '');
    symlinkSync(outside, join(home, 'link'));
    const [mend] = await giftsOf(gift(home, false));
    await mend?.carryOut();
    for (const path of [home, join(home, '6379'), join(home, '6379', 'journal.jsonl')])
      expect(statSync(path).uid, path).toBe(NOBODY);
    expect(statSync(outside).uid).toBe(0);
  });

  test.each<[string, (home: string) => void, RegExp]>([
    ['somebody else has a part of it', (home) => chownSync(join(home, 'file'), 12_345, 0), /neither to root nor/],
    ['others may write there', (home) => chmodSync(home, 0o777), /others than root may write/],
    ['a file has a second name', (home) => linkSync(join(home, 'file'), `${home}.second`), /has a second name/],
  ])('is not given: %s', async (_, change, why) => {
    const home = join(temporaryDirectory(), 'state');
    mkdirSync(home, { mode: 0o755 });
    writeFileSync(join(home, 'file'), '');
    change(home);
    expect(await giftsOf(gift(home, false))).toMatchObject([{ whyNot: expect.stringMatching(why) as string }]);
  });

  test('is not given to a user that is not there', async () => {
    expect(await giftsOf(gift(temporaryDirectory(), false, 'nobody-of-that-name'))).toMatchObject([
      { whyNot: expect.stringMatching(/does not know that user/) as string },
    ]);
  });
});
