/** What the commands lead to that one keepalived.conf calls. */
import { callsOf, isOurs, takesWords } from './calls.ts';
import type { DoctorRow } from './row.ts';
import { inInstances, inKeepalived, RELOAD } from './row.ts';
import { ofUnquoted } from './stays.ts';

export const CALL_ROWS: readonly DoctorRow[] = [
  {
    id: 'unquoted',
    severity: 'wrong',
    about: 'a command whose words are outside of the quotes',
    source: 'keepalived.conf(5), SCRIPTS; keepalived/lib/notify.c set_script_params_array',
    find: inKeepalived((conf) =>
      callsOf(conf)
        .filter(({ isUnquoted }) => isUnquoted)
        .map((call) => ({ at: call.at, ...ofUnquoted(call) })),
    ),
  },
  {
    id: 'words-do-not-fit',
    severity: 'wrong',
    about: 'words that the command of redisha does not take, or fewer words and no pair in redisha.toml',
    source: 'redisha --help',
    find: inKeepalived((conf, _facts, { isConfigured }) =>
      callsOf(conf)
        .filter((call) => isOurs(call) && !call.isUnquoted && !takesWords(call, isConfigured))
        .map(({ command, takes, keyword, at, fits }) => ({
          at,
          says:
            fits === 'configured'
              ? `${keyword} names no pair that the host knows, and redisha.toml has none: redisha ${command ?? ''} ends with 2 and does nothing`
              : `the words of ${keyword} do not fit: redisha ${command ?? ''} ends with 2 and does nothing`,
          fix: `the words ${takes}, or local, peer and port in redisha.toml; a password belongs into password_file`,
        })),
    ),
  },
  {
    id: 'notify-missing',
    severity: 'wrong',
    about: '`notify_master` or `notify_backup` of redisha without the other',
    source: 'keepalived.conf(5), notify_backup',
    find: inKeepalived(({ instances, resident }) =>
      instances.flatMap(({ name, at, calls, ports }) => {
        const has = (keyword: string): boolean => calls.some((call) => isOurs(call) && call.keyword === keyword);
        if (ports.length === 0 || resident !== undefined || has('notify')) return [];
        const missing = ['notify_master', 'notify_backup'].filter((keyword) => !has(keyword));
        return missing.length !== 1
          ? []
          : missing.map((keyword) => ({
              at,
              says: `${name} has no ${keyword} of redisha: the role of Redis does not follow the address`,
              fix: `add ${keyword} "redisha ${keyword.slice(7)} LOCAL PEER PORT"; ${RELOAD}`,
            }));
      }),
    ),
  },
  {
    id: 'notify-twice',
    severity: 'risk',
    about: 'a second line of the same `notify` keyword in one instance',
    source: 'keepalived/vrrp/vrrp_parser.c set_vrrp_notify_script ("already specified"); seen on 2.1.5 to 2.3.4',
    find: inInstances(({ name, later }) =>
      later.map(({ keyword, at }) => ({
        at,
        says: `${name} has ${keyword} twice, and keepalived calls the first alone`,
        fix: `keep one ${keyword}, or call both from one script`,
      })),
    ),
  },
  {
    id: 'port-differs',
    severity: 'wrong',
    about: 'a check of another port than the one whose role is moved',
    source: 'redisha check --help',
    find: inKeepalived(({ instances, checks }) =>
      instances.flatMap(({ ports, tracked, name }) =>
        checks.flatMap(({ call, name: check }) => {
          const port = Number(call?.words.at(-1));
          const isTracked = tracked.some((one) => one.kind === 'script' && one.name === check);
          if (call?.command !== 'check' || !isTracked || ports.length === 0 || call.fits !== 'right') return [];
          return ports.includes(port)
            ? []
            : [
                {
                  at: call.at,
                  says: `the check ${check} looks at port ${String(port)}, and ${name} moves port ${ports.join(', ')}`,
                  fix: `one port for both; ${RELOAD}`,
                },
              ];
        }),
      ),
    ),
  },
  {
    id: 'virtual-as-word',
    severity: 'wrong',
    about: 'the virtual address as LOCAL or PEER',
    source: 'redisha master --help: LOCAL and PEER are the two nodes, which the virtual address is not',
    find: inInstances(({ calls, addresses }) =>
      calls.flatMap(({ words: said, at, keyword, command, fits }) => {
        // Two words mean the configured pair, whatever they are.
        const isMeant = command !== undefined && fits === 'right';
        const found = isMeant ? addresses.find(({ address }) => said.includes(address)) : undefined;
        return found === undefined
          ? []
          : [
              {
                at,
                says: `${keyword} names the virtual address ${found.address}, which is at either node: a node would look at the other and take it for itself`,
                fix: `LOCAL PEER PORT with the nodes' own addresses, such as 127.0.0.1 and the other node's; ${RELOAD}`,
              },
            ];
      }),
    ),
  },
];
