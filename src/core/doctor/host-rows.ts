/** What keepalived will meet on this host. */
import { compareVersions } from '../program.ts';
import type { CallSaid, KeepalivedSaid } from './facts.ts';
import { callsOf, isOurs } from './calls.ts';
import type { DoctorRow } from './row.ts';
import { onHost, RELOAD } from './row.ts';

const once = <T>(list: readonly T[], keyOf: (one: T) => string): readonly T[] =>
  [...new Map(list.toReversed().map((one) => [keyOf(one), one])).values()].toReversed();

const programOf = ({ program }: CallSaid): string => program;

/** What `enable_script_security` has against the programs of redisha that keepalived.conf calls. */
const unsafeWhere = (isAsked: (conf: KeepalivedSaid) => boolean, says: (program: string, unsafe: string) => string) =>
  onHost((conf, { programs }) =>
    !isAsked(conf)
      ? []
      : once(callsOf(conf).filter(isOurs), programOf).flatMap(({ program, at }) =>
          (programs.find(({ path }) => path === program)?.unsafe ?? []).map((unsafe) => ({
            at,
            says: says(program, unsafe.replace(/ \(.*$/, '')),
            fix: /\((.*)\)$/.exec(unsafe)?.[1] ?? `ls -ld ${program}`,
          })),
        ),
  );

export const HOST_ROWS: readonly DoctorRow[] = [
  {
    id: 'keepalived-mute',
    severity: 'wrong',
    about: 'a keepalived that ends at once',
    source: 'seen on 2.3.3 and 2.3.4 of Debian without /etc/keepalived/keepalived.config-opts',
    find: ({ host }) =>
      host?.keepalived.mute === undefined
        ? []
        : [
            {
              whose: 'own',
              at: undefined,
              says: `keepalived does not run on this host: it says "${host.keepalived.mute}" and ends`,
              fix: 'touch /etc/keepalived/keepalived.config-opts, which its package had put there; systemctl restart keepalived',
            },
          ],
  },
  {
    id: 'other-file',
    severity: 'wrong',
    about: 'a keepalived that its service starts with another file than the one that was read',
    source: 'keepalived(8), -f; /etc/sysconfig/keepalived (KEEPALIVED_OPTIONS), /etc/default/keepalived (DAEMON_ARGS)',
    find: onHost(({ file }, { keepalivedFile }) =>
      keepalivedFile === undefined || keepalivedFile.value === file
        ? []
        : [
            {
              at: keepalivedFile.at,
              says: `keepalived is started with ${keepalivedFile.value}, and redisha reads ${file}`,
              fix: `keepalived_conf = "${keepalivedFile.value}" in redisha.toml`,
            },
          ],
    ),
  },
  {
    id: 'too-new-a-word',
    severity: 'wrong',
    about: "a word that this host's keepalived does not know yet",
    source: 'seen: keepalived -t of 2.1.5, 2.2.7 and 2.3.4; keepalived.conf(5) of each',
    find: onHost(({ unknown, checks }, { keepalived: { version } }) => {
      if (version === undefined) return [];
      const fractions = checks.flatMap(({ name, fraction }) =>
        fraction === undefined
          ? []
          : [{ word: `a fraction of a second in ${name}`, at: fraction, since: [2, 3, 2], last: [2, 3, 1] }],
      );
      return [...unknown, ...fractions].flatMap(({ word, at, since, last }) =>
        since === undefined || last === undefined || compareVersions(version, last) > 0
          ? []
          : [
              {
                at,
                says: `${word} needs keepalived ${since.join('.')}, and this host has ${version.join('.')}, which passes over it`,
                fix: `a newer keepalived on both hosts, or the files of "redisha config", which every keepalived since 2.1.5 reads`,
              },
            ],
      );
    }),
  },
  {
    id: 'interface-missing',
    severity: 'wrong',
    about: 'an `interface` that this host does not have',
    source: 'seen on 2.1.5 and 2.2.7: "Non-existent interface specified in configuration"; not with dynamic_interfaces',
    find: onHost(({ instances }, { interfaces }) =>
      instances.flatMap((instance) =>
        instance.interface === undefined || interfaces.length === 0 || interfaces.includes(instance.interface.value)
          ? []
          : [
              {
                at: instance.interface.at,
                says: `this host has no interface ${instance.interface.value}: keepalived ends at its start, with all of its addresses`,
                fix: `one of ${interfaces.filter((name) => name !== 'lo').join(', ')}; ${RELOAD}`,
              },
            ],
      ),
    ),
  },
  {
    id: 'address-outside',
    severity: 'risk',
    about: 'a virtual address that is in no network of its interface',
    source: 'linux/Documentation/networking/ip-sysctl.rst, arp: a host asks for addresses of its own networks alone',
    find: onHost(({ instances }, { outside }) =>
      instances.flatMap(({ addresses, interface: card, name }) =>
        addresses
          .filter(({ address }) => outside.includes(`${name} ${address}`))
          .map(({ address, at }) => ({
            at,
            says: `${address} is in no network of ${card?.value ?? 'its interface'}: clients find it only where a route leads there`,
            fix: `an address of the network of ${card?.value ?? 'its interface'}, or another interface; ${RELOAD}`,
          })),
      ),
    ),
  },
  {
    id: 'source-not-here',
    severity: 'wrong',
    about: 'a `unicast_src_ip` that no interface of this host has',
    source: 'keepalived.conf(5), unicast_src_ip',
    find: onHost(({ instances }, { addresses }) =>
      instances.flatMap(({ source, name }) =>
        source === undefined || addresses.includes(source.value)
          ? []
          : [
              {
                at: source.at,
                says: `no interface of this host has ${source.value}: ${name} cannot send its adverts, and the other node becomes MASTER beside it`,
                fix: `unicast_src_ip with the address of this host; ${RELOAD}`,
              },
            ],
      ),
    ),
  },
  {
    id: 'peer-is-here',
    severity: 'wrong',
    about: 'a PEER that is an address of this host',
    source: 'redisha master --help: PEER is the other node',
    find: onHost((conf, { addresses }) =>
      callsOf(conf).flatMap((call) => {
        const [, peer] = call.words;
        return !isOurs(call) || peer === undefined || call.words.length < 3 || !addresses.includes(peer)
          ? []
          : [
              {
                at: call.at,
                says: `${call.keyword} names ${peer} as PEER, which is this host: Redis would become a replica of itself`,
                fix: `the address of the other host as PEER; ${RELOAD}`,
              },
            ];
      }),
    ),
  },
  {
    id: 'script-missing',
    severity: 'wrong',
    about: 'a script of redisha that is not on this host, or cannot be run',
    source: 'keepalived/lib/notify.c check_script_secure: "disabling"',
    find: onHost((conf, { programs }) =>
      once(callsOf(conf).filter(isOurs), programOf).flatMap(({ program, at }) =>
        programs.some(({ path, isThere }) => path === program && !isThere)
          ? [
              {
                at,
                says: `there is no program ${program} on this host: keepalived disables whatever calls it`,
                fix: program.endsWith('.sh')
                  ? `./install.sh --legacy-dir ${program.replace(/\/[^/]*$/, '')}`
                  : './install.sh',
              },
            ]
          : [],
      ),
    ),
  },
  {
    id: 'script-is-link',
    severity: 'wrong',
    about: 'a script with the name of an old script, such as `redis_check.sh`, that is a symbolic link',
    source: 'keepalived/lib/notify.c find_path, realpath: it runs the target, under its own name',
    find: onHost((conf, { programs }) =>
      once(callsOf(conf).filter(isOurs), programOf).flatMap(({ program, at }) =>
        program.endsWith('.sh') && programs.some(({ path, isLink }) => path === program && isLink)
          ? [
              {
                at,
                says: `${program} is a symbolic link: keepalived runs what it leads to, and the name that says what to do is lost`,
                fix: `./install.sh --legacy-dir ${program.replace(/\/[^/]*$/, '')}`,
              },
            ]
          : [],
      ),
    ),
  },
  {
    id: 'script-unsafe',
    severity: 'wrong',
    about: '`enable_script_security`, and a path that others than root can change',
    source: 'keepalived/lib/notify.c check_security',
    find: unsafeWhere(
      ({ isStrict }) => isStrict,
      (program, unsafe) => `keepalived disables ${program}: ${unsafe}`,
    ),
  },
  {
    id: 'script-changeable',
    severity: 'note',
    about: 'a path of a script that others than root can change, without `enable_script_security`',
    source: 'keepalived/lib/notify.c check_security',
    find: unsafeWhere(
      ({ isStrict }) => !isStrict,
      (program, unsafe) => `${unsafe}: whoever changes it decides what keepalived runs in place of ${program}`,
    ),
  },
  {
    id: 'user-missing',
    severity: 'wrong',
    about: 'a user of scripts that this host does not have',
    source: 'keepalived.conf(5), script_user; keepalived/lib/notify.c set_uid_gid',
    find: onHost((conf, { users }) => {
      const isHere = (name: string): boolean => users.length === 0 || users.includes(name.split(' ')[0] ?? '');
      const { scriptUser } = conf;
      // What stands behind a command may as well be a word of it, and a password: it is not told.
      const ofCalls = callsOf(conf).filter(
        ({ user, isUnquoted }) => user !== undefined && !isUnquoted && !isHere(user),
      );
      return [
        ...(scriptUser === undefined || isHere(scriptUser.value)
          ? []
          : [
              {
                at: scriptUser.at,
                says: `this host has no user ${scriptUser.value}: keepalived runs none of the scripts`,
                fix: `useradd --system ${scriptUser.value}, or another script_user; ${RELOAD}`,
              },
            ]),
        ...ofCalls.map(({ keyword, at }) => ({
          at,
          says: `keepalived takes the word behind the command of ${keyword} for a user, and this host has no such user: it never runs it`,
          fix: `${keyword} "PROGRAM WORDS", all in one pair of quotes; or a user of this host behind them; ${RELOAD}`,
        })),
      ];
    }),
  },
  {
    id: 'track-directory',
    severity: 'wrong',
    about: 'a `track_file` whose directory is not there, and nothing makes it',
    source: 'keepalived.conf(5), track_file; seen on 2.1.5 to 2.3.4: such a file is not followed',
    find: onHost(({ trackFiles, startupScript }, { missingDirectories }) =>
      startupScript !== undefined
        ? []
        : trackFiles
            .filter(({ path }) => missingDirectories.includes(path.replace(/\/[^/]*$/, '')))
            .map(({ name, path, at }) => ({
              at,
              says: `the directory of ${path} is not there when keepalived starts: it does not follow ${name}, and never sees this node as unfit`,
              fix: './install.sh makes it at every boot; or a startup_script, as "redisha config" writes it',
            })),
    ),
  },
];
