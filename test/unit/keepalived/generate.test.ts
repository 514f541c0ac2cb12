/** What every generated keepalived.conf keeps, whatever it is generated from (facts D). */
import { describe, expect, test } from 'vitest';
import type { Blueprint, NodeIndex, ProfileName } from '../../../src/core/blueprint.ts';
import { PROFILE_NAMES, virtualRouterIdFor } from '../../../src/core/blueprint.ts';
import { checkOf, fifoOf, findInstance, instancesOf, type VrrpInstance } from '../../../src/keepalived/conf.ts';
import { generateKeepalivedConf } from '../../../src/keepalived/generate.ts';
import { generateReadSysctl } from '../../../src/keepalived/read-address.ts';
import { PROFILES } from '../../../src/keepalived/profiles.ts';
import { blueprint, parsed, service } from './pair.ts';

const instanceOf = (of: Blueprint, own: NodeIndex, port = 6379): VrrpInstance => {
  const conf = parsed(generateKeepalivedConf(of, own));
  const found = findInstance(conf, { peer: of.nodes[own === 0 ? 1 : 0].address, port });
  if (found === undefined) throw new Error('redisha does not find its own instance');
  return found;
};

const word = (text: string, keyword: string): string | undefined =>
  new RegExp(`^ *${keyword} (.+)$`, 'm').exec(text)?.[1];

const UNFIT = '/run/redisha/6379-unfit';

const pairWords = (peer: string) => `127.0.0.1 ${peer} 6379`;

describe.each(PROFILE_NAMES)('profile %s', (profile: ProfileName) => {
  const of = blueprint({ profile });
  const pair = () => [instanceOf(of, 0), instanceOf(of, 1)] as const;
  const texts = [generateKeepalivedConf(of, 0), generateKeepalivedConf(of, 1)] as const;

  test('no MASTER beside nopreempt, and the preferred node has the higher priority', () => {
    const both = pair();
    for (const { initialState, nopreempt } of both) expect(nopreempt && initialState === 'MASTER').toBe(false);
    expect(both[0].priority).toBeGreaterThan(both[1].priority);
    for (const { priority } of both) expect(priority).toBeLessThan(255);
  });

  test('what names the host differs, what names the pair is equal', () => {
    const both = pair();
    expect(word(texts[0], 'router_id')).not.toBe(word(texts[1], 'router_id'));
    expect(both[0].virtualRouterId).toBe(both[1].virtualRouterId);
    expect(both.map((one) => one.interface)).toEqual(['eth0', 'ens3']);
  });

  const isWatched = PROFILES[profile].check === undefined;

  test('a check that keepalived runs ends before keepalived gives up on it and before the next one starts', () => {
    const check = checkOf(pair()[0]);
    const isPatient = Math.min(check?.intervalMs ?? 0, check?.timeoutMs ?? 0) >= 1500 + 300;
    expect([check?.command, check?.weight, isPatient]).toEqual(
      isWatched ? [undefined, undefined, false] : ['/usr/local/bin/redisha check 127.0.0.1 6379', 0, true],
    );
    const asks = /-O (\S+) \] && \[ -e (\1\S+) \]; then \. \2; fi'"\n[^]+ \{\s+redisha_looks\s/.test(texts[0]);
    expect([texts[0].includes('redisha check'), asks]).toEqual([!isWatched, profile === 'balanced']);
  });

  test('the resident tells by a file whose directory is made before, and which says unfit at the start', () => {
    const file = /track_file redis_6379_unfit \{[^}]*file "([^"]+)"\s+weight 0\s+init_file 1 overwrite\s+\}/.exec(
      texts[0],
    );
    expect(file?.[1]).toBe(isWatched ? UNFIT : undefined);
    expect(/\btrack_file \{\s+(\w+)\s+(\w+)\s+\}/.exec(texts[0])?.slice(1)).toEqual(
      isWatched ? ['redis_6379_unfit', 'redis_6379_claim'] : undefined,
    );
    const made = '"/usr/bin/install -d -m 0755 -o root /run/redisha" root';
    expect(word(texts[0], 'startup_script')).toBe(isWatched ? made : undefined);
  });

  test('keepalived starts the resident with a FIFO, which redisha finds again', () => {
    expect(texts.map((text) => word(text, 'vrrp_notify_fifo_script'))).toEqual(
      isWatched
        ? ['10.0.0.2', '10.0.0.1'].map((peer) => `"/usr/local/bin/redisha watch 127.0.0.1 ${peer} redis_6379=6379"`)
        : [undefined, undefined],
    );
    expect(texts.map((text) => fifoOf(parsed(text), 6379))).toEqual(
      isWatched ? ['/run/redisha/fifo', '/run/redisha/fifo'] : [undefined, undefined],
    );
  });

  test('every notify is one quoted command with LOCAL PEER PORT', () => {
    const both = pair();
    expect(both.map(({ notifies }) => notifies)).toMatchObject(
      ['10.0.0.2', '10.0.0.1'].map((peer) =>
        ['master', 'backup', 'fault', 'stop'].map((command) => ({
          keyword: `notify_${command}`,
          command: `/usr/local/bin/redisha ${command} ${pairWords(peer)}`,
          isUnquoted: false,
        })),
      ),
    );
    // With a resident it comes by the FIFO: it may come a hundred times a second.
    const heard = `notify_master_rx_lower_pri "/usr/local/bin/redisha master --heal ${pairWords('10.0.0.2')}"`;
    expect(texts[0].includes(heard)).toBe(!isWatched);
    expect(texts[0].includes('rx_lower_pri')).toBe(!isWatched);
  });

  test('a split is announced away, and the scripts run as somebody', () => {
    expect(word(texts[0], 'vrrp_garp_master_refresh')).toBe('60');
    expect(word(texts[0], 'script_user')).toBe('root');
    for (const line of ['enable_script_security', 'vrrp_garp_lower_prio_repeat']) expect(texts[0]).toContain(line);
  });
});

const saying = (words: RegExp): readonly ProfileName[] =>
  PROFILE_NAMES.filter((profile) => words.test(generateKeepalivedConf(blueprint({ profile }), 0)));

describe('profiles', () => {
  test('article: the numbers of the article', () => {
    const both = [instanceOf(blueprint({ profile: 'article' }), 0), instanceOf(blueprint({ profile: 'article' }), 1)];
    expect(word(generateKeepalivedConf(blueprint({ profile: 'article' }), 0), 'advert_int')).toBe('3');
    expect(both).toMatchObject([
      { initialState: 'MASTER', priority: 100, nopreempt: false },
      { initialState: 'BACKUP', priority: 99, nopreempt: false },
    ]);
    expect(both.map(checkOf)).toMatchObject([
      { intervalMs: 2_000, timeoutMs: 2_000, fall: 3, rise: 1 },
      { intervalMs: 2_000, timeoutMs: 2_000, fall: 3, rise: 1 },
    ]);
  });

  test('adverts more often than every second are VRRPv3', () => {
    for (const profile of PROFILE_NAMES) {
      const text = generateKeepalivedConf(blueprint({ profile }), 0);
      const isQuick = Number(word(text, 'advert_int')) < 1;
      expect(word(text, 'vrrp_version'), profile).toBe(isQuick ? '3' : undefined);
    }
  });

  test('where a few seconds of silence move the address, keepalived need not wait for a processor', () => {
    const realTime = PROFILE_NAMES.filter((profile) =>
      generateKeepalivedConf(blueprint({ profile }), 0).includes('vrrp_rt_priority 50\n'),
    );
    expect(realTime).toEqual(['balanced', 'fast']);
  });

  test('what is said of the priority is said where it is true', () => {
    expect(saying(/raises its priority when/)).toEqual(['article']);
    expect(saying(/Old versions/)).toEqual(['article']);
    expect(saying(/CAP_SYS_RESOURCE[^]+at a reload[^]+There restart keepalived/)).toEqual(['balanced', 'fast']);
  });
});

describe('options', () => {
  test('unicast: the own address, the peer, and nobody else', () => {
    const text = generateKeepalivedConf(blueprint({ unicast: true }), 1);
    expect(word(text, 'unicast_src_ip')).toBe('10.0.0.2');
    expect(text).toMatch(/unicast_peer \{\s+10\.0\.0\.1\s+\}/);
    expect(text).toContain('vrrp_check_unicast_src');
    expect(generateKeepalivedConf(blueprint(), 1)).not.toContain('unicast');
  });

  test('a password only where one is given', () => {
    expect(generateKeepalivedConf(blueprint(), 0)).not.toContain('auth');
    const text = generateKeepalivedConf(blueprint({ profile: 'article', authPass: 'sesame' }), 0);
    expect(text).toMatch(/auth_type PASS\s+auth_pass sesame\s/);
  });

  test('adverts are signed by a key in a file, which is named and not told', () => {
    const text = generateKeepalivedConf(blueprint({ unicast: true, authHmacKeyFile: '/etc/keepalived/pair.key' }), 0);
    const [signature] = parsed(text)
      .statements.filter(({ words }) => words[0] === 'vrrp_instance')
      .flatMap(({ children }) => children.filter(({ words }) => words[0] === 'auth_hmac'));
    expect(signature?.children.map(({ words }) => words.join(' '))).toEqual([
      'key 1 file:/etc/keepalived/pair.key',
      'active_key 1',
      'anti_replay time',
      'time_window 30',
      'mode enforce',
    ]);
    expect(generateKeepalivedConf(blueprint({ unicast: true }), 0)).not.toContain('auth');
  });

  test('the address with its length, or alone', () => {
    expect(generateKeepalivedConf(blueprint(), 0)).toMatch(/virtual_ipaddress \{\s+10\.0\.0\.100\/24\s/);
    const alone = blueprint({ services: [service({ prefixLength: undefined })] });
    expect(generateKeepalivedConf(alone, 0)).toMatch(/virtual_ipaddress \{\s+10\.0\.0\.100\s/);
  });

  test('two ports are two instances, each with its own verdict, address and id', () => {
    const two = blueprint({
      services: [service(), service({ ports: [6380], vip: '10.0.0.101', virtualRouterId: 101 })],
    });
    const instances = instancesOf(parsed(generateKeepalivedConf(two, 0)));
    expect(instances.map(({ virtualRouterId, addresses }) => [virtualRouterId, addresses])).toEqual([
      [100, ['10.0.0.100']],
      [101, ['10.0.0.101']],
    ]);
    const text = generateKeepalivedConf(two, 0);
    expect(word(text, 'vrrp_notify_fifo_script')).toMatch(/ redis_6379=6379 redis_6380=6380"$/);
    expect(text.match(/^ +file ".*"$/gm)?.map((line) => line.trim())).toEqual([
      'file "/run/redisha/6379-unfit"',
      'file "/run/redisha/6379-claim"',
      'file "/run/redisha/6380-unfit"',
      'file "/run/redisha/6380-claim"',
    ]);
  });
});

describe('several ports', () => {
  const more = service({ ports: [6380], vip: '10.0.0.101', virtualRouterId: 101 });

  test('behind one address: one instance, which every verdict can take it from, and commands that name all of them', () => {
    const of = blueprint({ services: [service({ ports: [6379, 6380] })] });
    const conf = parsed(generateKeepalivedConf(of, 0));
    const [only, ...others] = instancesOf(conf);
    expect(others).toEqual([]);
    const text = generateKeepalivedConf(of, 0);
    expect(word(text, 'vrrp_notify_fifo_script')).toMatch(/ redis_6379_6380=6379,6380"$/);
    expect(
      /\btrack_file \{\s+redis_6379_unfit\s+redis_6380_unfit\s+redis_6379_claim\s+redis_6380_claim\s+\}/.test(text),
    ).toBe(true);
    expect(only?.notifies.map(({ command }) => command.split(' ').slice(1).join(' '))).toEqual(
      ['master', 'backup', 'fault', 'stop'].map((command) => `${command} 127.0.0.1 10.0.0.2 6379,6380`),
    );
    for (const port of [6379, 6380]) expect(findInstance(conf, { peer: '10.0.0.2', port })?.name).toBe(only?.name);
  });

  test('in a sync group: the instances as they are, and one that names them', () => {
    const of = blueprint({ services: [service(), more] });
    const apart = generateKeepalivedConf(of, 0);
    const together = generateKeepalivedConf({ ...of, syncGroup: true }, 0);
    const named =
      /vrrp_sync_group redis \{\s+group \{\s+redis_6379\s+redis_6380\s+\}[^}]*\}\n/.exec(together)?.[0] ?? '';
    expect(named).not.toBe('');
    // What is tracked in a group has no weight, so that a claim would be a failure.
    const claims = /^track_file redis_\d+_claim \{[^}]*\}\n\n| +redis_\d+_claim\n/gm;
    expect(together.replace(/^! All addresses move.*\n/m, '').replace(named, '')).toBe(
      apart.replace(claims, '').replace(/\n\n(?=vrrp_script)/, '\n\n\n'),
    );
  });
});

const readServersOf = (text: string) =>
  parsed(text)
    .statements.filter(({ words }) => words[0] === 'virtual_server')
    .map(({ words, children }) => ({
      words,
      sorry: children.find(({ words: [keyword] }) => keyword === 'sorry_server')?.words,
      real: children
        .filter(({ words: [keyword] }) => keyword === 'real_server')
        .map((real) => [real.words[1], real.children.at(-1)?.children[0]?.words[1]]),
    }));

const kernelSettings = (of: Blueprint) => generateReadSysctl(of)?.match(/^net\.\S+ = \d$/gm);

describe('an address for reading', () => {
  const of = blueprint({
    services: [service({ ports: [6379, 6380] })],
    readAddress: { vip: '10.0.0.102', prefixLength: undefined, family: 4 },
  });
  const texts = [generateKeepalivedConf(of, 0), generateKeepalivedConf(of, 1)] as const;

  test('one server for each port; each node asks its own Redis at home and the other across', () => {
    const check = '/usr/local/bin/redisha check --for read';
    expect(readServersOf(texts[1])).toEqual(
      ['6379', '6380'].map((port) => ({
        words: ['virtual_server', '10.0.0.102', port],
        sorry: ['sorry_server', '127.0.0.1', port],
        real: [
          ['10.0.0.1', `${check} 10.0.0.1 ${port}`],
          ['10.0.0.2', `${check} 127.0.0.1 ${port}`],
        ],
      })),
    );
    expect(readServersOf(generateKeepalivedConf(blueprint(), 0))).toEqual([]);
  });

  test('whoever has the address of the master has this one too, and the sync daemon is told who that is', () => {
    expect(instancesOf(parsed(texts[0]))[0]?.addresses).toEqual(['10.0.0.100', '10.0.0.102']);
    expect(word(texts[1], 'lvs_sync_daemon')).toBe('ens3 redis_6379_6380');
    const six = { vip: 'fd00::102', prefixLength: undefined, family: 6 } as const;
    expect(word(generateKeepalivedConf({ ...of, readAddress: six }, 0), 'lvs_sync_daemon')).toMatch(/ group ff02::81$/);
  });

  test('the kernel is told not to send on, and not to answer for an address on lo', () => {
    expect(kernelSettings(of)).toEqual([
      'net.ipv4.vs.backup_only = 1',
      'net.ipv4.vs.expire_nodest_conn = 1',
      'net.ipv4.conf.all.arp_ignore = 1',
      'net.ipv4.conf.all.arp_announce = 2',
    ]);
    expect(kernelSettings({ ...of, readAddress: { vip: 'fd00::102', prefixLength: 64, family: 6 } })).toHaveLength(2);
    expect(kernelSettings(blueprint())).toBeUndefined();
  });
});

describe('virtual_router_id', () => {
  test.each([
    ['10.0.0.100', [], 100],
    ['192.168.72.115', [115], 116],
    ['10.0.0.255', [], 255],
    ['10.0.0.0', [], 255],
    ['10.0.0.255', [255], 1],
    ['fd00::100', [], 1],
    ['fd00::', [], 255],
    ['fd00::10', [], 16],
    ['::ffff:10.0.0.7', [], 7],
  ])('%s with %j taken: %i', (vip, taken, id) => {
    expect(virtualRouterIdFor(vip, taken)).toBe(id);
  });
});
