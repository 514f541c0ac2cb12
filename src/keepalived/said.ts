/** keepalived.conf as the doctor judges it: what it says, each with its line. */
import { familyOf, isAddress, plainAddress } from '../address.ts';
import type {
  AddressSaid,
  CallSaid,
  CheckSaid,
  InstanceSaid,
  KeepalivedSaid,
  Said,
  TrackFileSaid,
} from '../core/doctor/facts.ts';
import { argumentsOf, commandOf, isOurs } from './commands.ts';
import type { VrrpInstance } from './conf.ts';
import { FILE_KEYWORDS, groupsOf, instancesOf, trackedBy } from './conf.ts';
import { trackedOf } from './outlook.ts';
import type { KeepalivedConf, Statement } from './parse.ts';
import { children, last, numberOf, secondsOf, wordOf } from './statements.ts';
import { virtualServersOf } from './said-lvs.ts';
import { unknownIn } from './words.ts';

/** What a command line of redisha's comes to. */
export type JudgeCall = (
  program: string,
  words: readonly string[],
) => Pick<CallSaid, 'command' | 'fits' | 'takes' | 'words'>;

const saidOf = (statement: Statement | undefined, word = statement?.words[1]): Said | undefined =>
  statement === undefined || word === undefined ? undefined : { value: word, at: statement.at };

const callOf = (statement: Statement, judge: JudgeCall): CallSaid => {
  const { keyword, command, isUnquoted, at } = commandOf(statement);
  const [program = '', ...words] = argumentsOf(command);
  const [, , user] = argumentsOf(statement.text);
  const judged = isOurs(command)
    ? judge(program, words)
    : { command: undefined, fits: 'right' as const, takes: '', words };
  return { keyword, at, program, isUnquoted, user: isUnquoted ? undefined : user, ...judged };
};

const NOTIFY = /^notify(?:_(?:master|backup|fault|stop|master_rx_lower_pri|deleted))?$/;

const notifyStatements = (of: Statement): readonly Statement[] =>
  of.children.filter(({ words: [keyword = ''] }) => NOTIFY.test(keyword));

/** Behind the first of its keyword that can be called. */
const isLater = (statement: Statement, index: number, all: readonly Statement[]): boolean =>
  all.slice(0, index).some((one) => one.words[0] === statement.words[0] && !commandOf(one).isUnquoted);

const WHOLE: Readonly<Record<4 | 6, number>> = { 4: 32, 6: 128 };

const addressOf = ({ words, at }: Statement): readonly AddressSaid[] => {
  const [address = '', length] = (words[0] ?? '').split('/');
  if (!isAddress(address)) return [];
  return [{ address: plainAddress(address), prefix: Number(length ?? WHOLE[familyOf(address)]), at }];
};

const undefinedIn = (statement: Statement, { scripts, files }: VrrpInstance): readonly Said[] =>
  [
    ...trackedBy(statement, 'track_script').filter(({ words }) => scripts.every(({ name }) => name !== words[0])),
    ...trackedBy(statement, 'track_file').filter(({ words }) => files.every(({ name }) => name !== words[0])),
  ].map(({ words, at }) => ({ value: words[0] ?? '', at }));

const authenticationOf = (statement: Statement): InstanceSaid['authentication'] => {
  const block = last(statement, 'authentication');
  if (block === undefined) return undefined;
  const pass = last(block, 'auth_pass');
  return { at: pass?.at ?? block.at, type: wordOf(block, 'auth_type') ?? '', pass: pass?.words[1] };
};

const versionOf = (conf: KeepalivedConf, statement: Statement, [first]: readonly AddressSaid[]): Said<number> => {
  const globals = children(conf.statements, 'global_defs').findLast((one) => last(one, 'vrrp_version') !== undefined);
  const said = last(statement, 'version') ?? (globals === undefined ? undefined : last(globals, 'vrrp_version'));
  const usual = first !== undefined && familyOf(first.address) === 6 ? 3 : 2;
  return { value: Number(said?.words[1] ?? usual), at: said?.at ?? statement.at };
};

const portsIn = ({ command, fits, words }: CallSaid): readonly number[] =>
  command === undefined || command === 'watch' || fits !== 'right' ? [] : (words[2] ?? '').split(',').flatMap(toPort);

const toPort = (word: string): readonly number[] => (/^\d+$/.test(word) ? [Number(word)] : []);

/** The ports of the instance by the words NAME=PORT of the resident. */
const residentPorts = (resident: KeepalivedSaid['resident'], name: string): readonly number[] =>
  (resident?.call.words ?? []).flatMap((word) => {
    const [named, ports = ''] = word.split('=');
    return named === name ? ports.split(',').flatMap(toPort) : [];
  });

interface Reading {
  readonly conf: KeepalivedConf;
  readonly judge: JudgeCall;
  readonly resident: KeepalivedSaid['resident'];
}

const instanceOf = ({ conf, judge, resident }: Reading, instance: VrrpInstance): InstanceSaid | undefined => {
  const { name } = instance;
  const statement = children(conf.statements, 'vrrp_instance').find(({ words }) => words[1] === name);
  if (statement === undefined) return undefined;
  const groups = groupsOf(conf, name);
  const all = [statement, ...groups].map(notifyStatements);
  const calls = all
    .flatMap((list) => list.filter((one, at) => !isLater(one, at, list)))
    .map((one) => callOf(one, judge));
  const later = all.flatMap((list) => list.filter(isLater)).map((one) => callOf(one, judge));
  const router = last(statement, 'virtual_router_id');
  const [advert, priority] = [last(statement, 'advert_int'), last(statement, 'priority')];
  const addresses = ['virtual_ipaddress', 'virtual_ipaddress_excluded'].flatMap((keyword) =>
    trackedBy(statement, keyword).flatMap(addressOf),
  );
  const peers = children(statement.children, 'unicast_peer');
  const source = saidOf(last(statement, 'unicast_src_ip'));
  return {
    name,
    addresses,
    calls,
    later,
    at: statement.at,
    initialState: instance.initialState,
    master: children(statement.children, 'state').find(({ words }) => words[1] === 'MASTER')?.at,
    priority: { value: instance.priority, at: priority?.at ?? statement.at },
    nopreempt: last(statement, 'nopreempt')?.at,
    isNopreempt: instance.nopreempt,
    interface: saidOf(last(statement, 'interface')),
    virtualRouterId:
      router === undefined ? undefined : { value: numberOf(statement, 'virtual_router_id') ?? 0, at: router.at },
    advertMs: { value: instance.advertMs, at: advert?.at ?? statement.at },
    version: versionOf(conf, statement, addresses),
    source: source === undefined ? undefined : { ...source, value: plainAddress(source.value) },
    unicastPeers:
      peers.length === 0
        ? undefined
        : peers
            .flatMap((block) => block.children)
            .map(({ words, at }) => ({ value: plainAddress(words[0] ?? ''), at })),
    authentication: authenticationOf(statement),
    tracked: trackedOf(instance, /\/\d+-unfit$/),
    undefined: undefinedIn(statement, instance),
    isInGroup: groups.length > 0,
    ports: [...new Set([...calls.flatMap(portsIn), ...residentPorts(resident, name)])],
  };
};

const isFraction = (of: Statement, keyword: string): boolean => /\.\d*[1-9]/.test(wordOf(of, keyword) ?? '');

const checkOf = (statement: Statement, judge: JudgeCall): CheckSaid => {
  const script = last(statement, 'script');
  const intervalMs = secondsOf(statement, 'interval') ?? 1_000;
  const fraction = ['interval', 'timeout'].find((keyword) => isFraction(statement, keyword));
  return {
    name: statement.words[1] ?? '',
    at: (last(statement, 'timeout') ?? last(statement, 'interval') ?? statement).at,
    call: script === undefined ? undefined : callOf(script, judge),
    intervalMs,
    timeoutMs: secondsOf(statement, 'timeout') ?? intervalMs,
    fall: numberOf(statement, 'fall') || 1,
    fraction: fraction === undefined ? undefined : last(statement, fraction)?.at,
  };
};

const residentOf = (globals: readonly Statement[], judge: JudgeCall): KeepalivedSaid['resident'] => {
  const script = globals.flatMap((one) => last(one, 'vrrp_notify_fifo_script') ?? []).at(-1);
  const call = script === undefined ? undefined : callOf(script, judge);
  return call?.command !== 'watch'
    ? undefined
    : { call, instances: call.words.slice(2).map((word) => word.split('=')[0] ?? '') };
};

const NAMED = ['vrrp_instance', 'vrrp_script', 'vrrp_sync_group', ...FILE_KEYWORDS];

const twiceIn = (statements: readonly Statement[]): readonly Said[] =>
  statements
    .filter(({ words: [keyword = '', name] }, index) => {
      const before = statements.slice(0, index);
      return NAMED.includes(keyword) && before.some(({ words }) => words[0] === keyword && words[1] === name);
    })
    .map(({ words, at }) => ({ value: words.slice(0, 2).join(' '), at }));

/** Source: keepalived/doc/samples/keepalived.conf.sample. */
const sampleMailIn = (globals: readonly Statement[]): readonly Said[] => [
  ...globals
    .flatMap((one) => trackedBy(one, 'notification_email'))
    .filter(({ words }) => words[0]?.endsWith('@firewall.loc'))
    .slice(0, 1)
    .map(({ words, at }) => ({ value: words[0] ?? '', at })),
  ...globals
    .flatMap((one) => last(one, 'smtp_server') ?? [])
    .filter(({ words }) => words[1] === '128.0.0.1')
    .map(({ at }) => ({ value: 'smtp_server 128.0.0.1', at })),
];

const realTimeOf = (globals: readonly Statement[]): KeepalivedSaid['realTime'] => {
  const said = (keyword: string) => globals.flatMap((one) => last(one, keyword) ?? []).at(-1);
  const priority = said('vrrp_rt_priority');
  // Every version that was tried knows both spellings.
  const limit = said('vrrp_rlimit_rttime') ?? said('vrrp_rlimit_rtime');
  return priority === undefined ? undefined : { at: priority.at, isBounded: limit !== undefined };
};

export const keepalivedSaid = (conf: KeepalivedConf, judge: JudgeCall): KeepalivedSaid => {
  const globals = children(conf.statements, 'global_defs');
  const ofGlobals = (keyword: string): Statement | undefined =>
    globals.flatMap((one) => last(one, keyword) ?? []).at(-1);
  const resident = residentOf(globals, judge);
  const reading = { conf, judge, resident };
  const files = FILE_KEYWORDS.flatMap((keyword) => children(conf.statements, keyword));
  return {
    file: conf.file,
    problems: conf.problems,
    routerId: saidOf(ofGlobals('router_id')),
    scriptUser: saidOf(ofGlobals('script_user')),
    isStrict: ofGlobals('enable_script_security') !== undefined,
    startupScript: ofGlobals('startup_script')?.at,
    realTime: realTimeOf(globals),
    sampleMail: sampleMailIn(globals),
    unknown: unknownIn(conf),
    instances: instancesOf(conf).flatMap((instance) => instanceOf(reading, instance) ?? []),
    twice: twiceIn(conf.statements),
    checks: children(conf.statements, 'vrrp_script').map((statement) => checkOf(statement, judge)),
    trackFiles: files.map(
      (one): TrackFileSaid => ({ name: one.words[1] ?? '', at: one.at, path: wordOf(one, 'file') ?? '' }),
    ),
    resident,
    virtualServers: virtualServersOf(conf),
  };
};
