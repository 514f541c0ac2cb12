/** A command line that is wrong ends at once: one clear line, one hint, exit 2, and nothing touched. */
import { describe, expect, test } from 'vitest';
import { flagOf } from '../../src/cli/option-kinds.ts';
import { commands } from '../../src/commands.ts';
import { openPlace } from './lib.ts';

/** PORT stands for the port of the listener, which must not be visited. */
type Line = readonly [name: string, args: readonly string[], says: RegExp];

const PAIR = ['127.0.0.1', '127.0.0.2', 'PORT'];
const WATCH = ['127.0.0.1', '127.0.0.2', 'VI_1=6379'];
const CONFIG = ['--vip', '10.0.0.9', '--nodes', '10.0.0.1,10.0.0.2'];
const KEEPALIVED = ['INSTANCE', 'VI_1'];

const wrongWords: readonly Line[] = [
  ['check without its words', ['check'], /check takes HOST PORT; got no words, .*; in keepalived\.conf/],
  ['check without a port', ['check', '127.0.0.1'], /check takes no words, or HOST PORT; got "127\.0\.0\.1"/],
  ['check with a word too many', ['check', ...PAIR], /check takes no words, or HOST PORT; got "127/],
  [
    'master without its words',
    ['master'],
    /master takes LOCAL PEER PORT; got no words, which mean the configured pair, and none/,
  ],
  ['master without a port', ['master', '127.0.0.1', '127.0.0.2'], /master takes LOCAL PEER PORT; got two words/],
  ['master with a word too many', ['master', ...PAIR, 'more'], /got "127\.0\.0\.1" "127\.0\.0\.2" "\d+" "…"/],
  ['backup without a peer', ['backup', '127.0.0.1', 'PORT'], /backup takes LOCAL PEER PORT/],
  ['fault with one word', ['fault', '127.0.0.1'], /fault takes no words, or LOCAL PEER PORT/],
  ['stop with two words', ['stop', '127.0.0.1', 'PORT'], /stop takes LOCAL PEER PORT; got two words/],
  ['promote with two words', ['promote', '127.0.0.1', 'PORT'], /promote takes LOCAL PEER PORT; got two words/],
  [
    'notify without LOCAL PEER PORT',
    ['notify', ...KEEPALIVED, 'MASTER', '100'],
    /notify takes LOCAL PEER PORT KIND NAME STATE PRIORITY; got/,
  ],
  ['notify without a priority', ['notify', ...PAIR, ...KEEPALIVED, 'MASTER'], /notify takes LOCAL PEER PORT KIND/],
  ['watch without its words', ['watch'], /watch takes LOCAL PEER NAME=PORT/],
  ['watch without a FIFO', ['watch', ...WATCH], /PORT must be a number from 1 to 65535$/m],
  ['watch with several instances', ['watch', ...WATCH, 'VI_2=1', 'VI_3=2', 'fifo', '-v'], /FIFO begins with \//],
  ['watch with a FIFO that is relative', ['watch', ...WATCH, 'fifo'], /FIFO begins with \//],
  [
    'watch without an instance',
    ['watch', '127.0.0.1', '127.0.0.2', '/nowhere/fifo'],
    /PORT must be a number from 1 to 65535$/m,
  ],
  ['watch with a port alone', ['watch', ...PAIR, '/nowhere/fifo'], /watch takes NAME=PORT, .* not "\d+"/],
  ['watch with a port that is none', ['watch', '127.0.0.1', '127.0.0.2', 'VI=0', '/nowhere/fifo'], /PORT must be a/],
  ['watch with a port twice', ['watch', '127.0.0.1', '127.0.0.2', 'VI=1,1', '/nowhere/fifo'], /PORT names 1 twice/],
  ['watch with LOCAL that is PEER', ['watch', '127.0.0.1', '127.0.0.1', 'VI=1', '/nowhere/fifo'], /the same address/],
  ['a quoted word that holds all', ['master', '127.0.0.1 127.0.0.2 6379'], /got "127\.0\.0\.1 127\.0\.0\.2 6379"/],
];

const wrongValues: readonly Line[] = [
  ...['0', '65536', '99999', 'abc', '-1', '6379.5', '', ' 1', '0x10', '1e3'].map(
    (port): Line => [`port "${port}"`, ['check', '--', '127.0.0.1', port], /PORT must be a number from 1 to 65535/],
  ),
  ['port 0 of a pair', ['master', '127.0.0.1', '127.0.0.2', '0'], /PORT must be a number from 1 to 65535, not "0"/],
  ['an empty LOCAL', ['master', '', '127.0.0.2', 'PORT'], /LOCAL must be an IP address or a host name, not ""/],
  ['an empty PEER', ['backup', '127.0.0.1', '', 'PORT'], /PEER must be an IP address or a host name, not ""/],
  ['an empty HOST', ['check', '', 'PORT'], /HOST must be an IP address or a host name, not ""/],
  ['a host with a port in it', ['check', '127.0.0.1:6379', 'PORT'], /HOST must be .* not "127\.0\.0\.1:6379"/],
  ['a host with a space', ['check', 'my host', 'PORT'], /HOST must be/],
  ['a host that is an option in disguise', ['check', '--', '-h', 'PORT'], /HOST must be/],
  ['LOCAL that is PEER', ['master', '127.0.0.1', '127.0.0.1', 'PORT'], /the same address \(127\.0\.0\.1\)/],
  ['LOCAL that is PEER, in other letters', ['backup', 'Redis-A', 'redis-a', 'PORT'], /the same address/],
  ['LOCAL that is PEER, in brackets', ['fault', '[::1]', '::1', 'PORT'], /the same address/],
  ['stop with LOCAL that is PEER', ['stop', '127.0.0.1', '127.0.0.1', 'PORT'], /the same address/],
  ['a VRRP state that is none', ['notify', ...PAIR, ...KEEPALIVED, 'SLAVE', '100'], /STATE must be MASTER, BACKUP/],
  ['a VRRP state in small letters', ['notify', ...PAIR, ...KEEPALIVED, 'master', '1'], /STATE must be .* "master"/],
];

const wrongOptions: readonly Line[] = [
  ['a command that does not exist', ['failover', ...PAIR], /unknown command 'failover'/],
  ['a command that is like another', ['stauts', ...PAIR], /unknown command 'stauts'; did you mean status\?$/m],
  ['an option that is like another', ['master', ...PAIR, '--dryrun'], /'--dryrun'; did you mean --dry-run\?$/m],
  ['a profile that is like another', ['config', '--profile', 'fats', ...CONFIG], /not "fats"; did you mean fast\?$/m],
  ['an action that is like another', ['rescue', 'lits'], /not "lits"; did you mean list\?$/m],
  ['a page that is like another', ['man', 'redisha-toml'], /no page "redisha-toml";.* mean redisha\.toml\?$/m],
  ['a shell that is like another', ['completion', 'bsh'], /one of bash, zsh, fish; did you mean bash\?$/m],
  [
    'a key that is like another',
    ['master', ...PAIR, '-o', 'sync_timout=1s'],
    /not "sync_timout"; did you mean sync_timeout\?$/m,
  ],
  ['no word that is a command', [...PAIR], /unknown command '127\.0\.0\.1'/],
  ['an option that does not exist', ['check', '127.0.0.1', 'PORT', '--fast'], /unknown option '--fast'/],
  ['an option of another command', ['master', ...PAIR, '--force'], /unknown option '--force'/],
  [
    '--track-file of a check',
    ['check', '--track-file', '/nowhere', '127.0.0.1', 'PORT'],
    /unknown option '--track-file'/,
  ],
  ['--dry-run of a watch', ['watch', ...WATCH, '/nowhere/fifo', '--dry-run'], /unknown option '--dry-run'/],
  ['--dry-run of a check', ['check', '127.0.0.1', 'PORT', '--dry-run'], /unknown option '--dry-run'/],
  ['an option before the command', ['--verbose', 'check', '127.0.0.1', 'PORT'], /unknown option '--verbose'/],
  ['--config without a file', ['master', ...PAIR, '--config'], /option '-c, --config <file>' argument missing/],
  ['--option without a value', ['master', ...PAIR, '--option', 'vip'], /KEY=VALUE .* not "vip"/],
  ['--option with a key that does not exist', ['master', ...PAIR, '-o', 'color=red'], /not "color"/],
  ['--option with a wrong value', ['master', ...PAIR, '-o', 'sync_timeout=soon'], /sync_timeout/],
  ['a password on the command line', ['master', ...PAIR, '-o', 'password=sesame'], /not "password"/],
];

describe.each([
  ['words', wrongWords],
  ['values', wrongValues],
  ['options', wrongOptions],
])('wrong %s', (_kind, lines) => {
  test.each(lines)('%s', async (_name, args, says) => {
    const place = await openPlace();
    const { code, stdout, stderr } = await place.run(args.map((word) => (word === 'PORT' ? String(place.port) : word)));
    expect({ code, stdout }).toEqual({ code: 2, stdout: '' });
    expect(stderr).toMatch(says);
    expect(stderr, 'one line that says what, one that says what to do').toMatch(/^redisha: [^\n]+\nhint: [^\n]+\n$/);
    expect(stderr).not.toContain('sesame');
    expect({ visits: place.visits(), made: place.made() }).toEqual({ visits: 0, made: [] });
  });
});

/** On a terminal nobody wants backticks. */
const bare = (text: string): string => text.replaceAll('`', '');

describe('help', () => {
  test('without a command line everything there is is listed, and it counts as a mistake', async () => {
    const place = await openPlace();
    const { code, stdout, stderr } = await place.run([]);
    expect({ code, stdout }).toEqual({ code: 2, stdout: '' });
    for (const { name } of commands) expect(stderr).toMatch(new RegExp(`^ +${name}\\b`, 'm'));
    expect(place.made()).toEqual([]);
  });

  test.each(['--help', '-h', 'help'])('%s lists every command', async (word) => {
    const place = await openPlace();
    const { code, stdout, stderr } = await place.run([word]);
    expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
    for (const { name, summary } of commands) {
      expect(stdout).toMatch(new RegExp(`^ +${name}\\b`, 'm'));
      expect(stdout.replace(/\s+/g, ' ')).toContain(summary);
    }
  });

  test.each(commands)('$name --help tells its words, its options and what it leaves true', async (command) => {
    const place = await openPlace();
    const { code, stdout, stderr } = await place.run([command.name, '--help']);
    expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
    const text = stdout.replace(/\s+/g, ' ');
    for (const { name, doc } of command.words) expect(text).toContain(`${name} ${doc}`);
    for (const [name, option] of Object.entries(command.options)) {
      const flags = `${flagOf(name)}${option.kind === 'flag' ? '' : ` <${option.value}>`}`;
      expect(text).toContain(`${flags} ${bare(option.doc)}`);
    }
    for (const said of [command.calledBy, command.done, command.details, ...command.examples])
      expect(text).toContain(bare(said));
    expect(Math.max(...stdout.split('\n').map((line) => line.length)), 'columns').toBeLessThanOrEqual(100);
    expect({ visits: place.visits(), made: place.made() }).toEqual({ visits: 0, made: [] });
  });

  test('--help wins over whatever else is wrong', async () => {
    const place = await openPlace();
    expect(await place.run(['master', 'nonsense', '--help'])).toMatchObject({ code: 0, stderr: '' });
  });
});

describe('a configuration that is wrong', () => {
  test.each([
    ['a file that is not there', ['--config', '/nonexistent/redisha.toml'], /\/nonexistent\/redisha\.toml/],
    ['a key that is not known, with the closest that is', [], /unknown key sync_timout; the closest is sync_timeout/],
  ])('%s: exit 3, nothing touched', async (_name, options, says) => {
    const place = await openPlace('sync_timout = "1s"\n');
    const { code, stdout, stderr } = await place.run(['master', '127.0.0.1', '127.0.0.2', '1', ...options]);
    expect({ code, stdout }).toEqual({ code: 3, stdout: '' });
    expect(stderr).toMatch(says);
    expect(place.made()).toEqual([]);
  });

  test.each([
    [
      'an option that does not exist',
      ['status', '--json', '--fast'],
      "unknown option '--fast'",
      'redisha status --help',
    ],
    ['a command that does not exist', ['failover', '--json'], "unknown command 'failover'", 'redisha --help'],
  ])('with --json a command line that cannot be parsed is one object too: %s', async (_name, args, message, hint) => {
    const place = await openPlace();
    const { code, stdout, stderr } = await place.run(args);
    expect({ code, stdout }).toEqual({ code: 2, stdout: '' });
    expect(JSON.parse(stderr)).toEqual({ error: { code: 'USAGE', message, hint } });
  });

  test('with --json the error is one object on standard error', async () => {
    const place = await openPlace('password = 7\n');
    const { code, stdout, stderr } = await place.run(['backup', '127.0.0.1', '127.0.0.2', '1', '--json']);
    expect({ code, stdout }).toEqual({ code: 3, stdout: '' });
    expect(JSON.parse(stderr)).toEqual({
      error: {
        code: 'CONFIG_INVALID',
        message: expect.stringContaining('password') as string,
        hint: expect.any(String) as string,
      },
    });
  });
});
