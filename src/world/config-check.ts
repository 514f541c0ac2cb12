/** `config check`: whether keepalived, as it is configured, gets from redisha what it needs. */
import { existsSync } from 'node:fs';
import { dirname } from 'node:path';
import { isSea } from 'node:sea';
import type { CallsReport, CommonOptions, TriedCall } from '../cli/runtime.ts';
import { RUN_DIRECTORY } from '../core/blueprint.ts';
import { unsafeParts } from '../host/script-path.ts';
import type { Call } from '../keepalived/calls.ts';
import { callsIn } from '../keepalived/calls.ts';
import { outlookFor } from '../keepalived/outlook.ts';
import type { KeepalivedConf } from '../keepalived/parse.ts';
import type { FoundPassword } from './found-password.ts';
import { findPassword, keepPassword, PASSWORD_FILE } from './found-password.ts';
import { connectionTo, settingsFor } from './settings.ts';
import { mayWrite, tryCall } from './tried-calls.ts';
import type { User } from '../host/users.ts';
import { scriptUserAmong, usersHere } from '../host/users.ts';
import { confHere } from './keepalived-conf.ts';

const LOOPBACK = '127.0.0.1';

const portOf = ({ words }: Call): number => Number(words.at(-1)?.split(',')[0]?.split('=').at(-1) ?? 0);

const onceBy = <T>(list: readonly T[], keyOf: (one: T) => string): readonly T[] => [
  ...new Map(list.map((one) => [keyOf(one), one])).values(),
];

const unwritable = async (directories: readonly string[], users: readonly User[]): Promise<readonly string[]> => {
  const asked = users.flatMap((user) => directories.map((directory) => ({ user, directory })));
  const found = await Promise.all(
    asked.map(async ({ user, directory }) =>
      !existsSync(directory) || (await mayWrite(directory, user))
        ? []
        : [`${user.name} may not write in ${directory}: ./install.sh --user ${user.name}`],
    ),
  );
  return found.flat();
};

const missingUsers = (calls: readonly Call[], users: readonly User[]): readonly string[] => {
  const names = calls.flatMap((call) => (scriptUserAmong(users, call.user) === undefined ? [call.user ?? ''] : []));
  return [...new Set(names)].map(
    (name) => `there is no user ${name} on this host: keepalived runs none of its scripts`,
  );
};

const securityTroubles = (conf: KeepalivedConf | undefined, calls: readonly Call[]): readonly string[] => {
  const isStrict = conf?.statements.some(({ children }) =>
    children.some(({ words: [keyword] }) => keyword === 'enable_script_security'),
  );
  const paths = [...(isSea() ? [process.execPath] : []), ...calls.map(({ path }) => path)];
  const complaints = [...new Set(paths.flatMap((path) => unsafeParts(path)))];
  const would = isStrict ? 'disables' : 'with enable_script_security would disable';
  return complaints.map((complaint) => `keepalived ${would} the scripts: ${complaint}`);
};

/** The password that the server of this call takes, and where it stands. */
const passwordIn = async (
  options: CommonOptions,
  call: Call,
  calls: readonly Call[],
): Promise<FoundPassword | undefined> => {
  const port = portOf(call);
  const settings = await settingsFor(options, { port: String(port) });
  const at = { host: call.words[0] ?? LOOPBACK, port };
  return findPassword(connectionTo(settings, at), [...new Set(calls.map(({ path }) => dirname(path)))]);
};

const tryAll = (calls: readonly Call[], users: readonly User[], isConfigured: boolean): Promise<readonly TriedCall[]> =>
  // One after the other, as the processor of a small host would have it.
  calls.reduce<Promise<readonly TriedCall[]>>(
    async (before, call) => [...(await before), await tryCall(call, scriptUserAmong(users, call.user), isConfigured)],
    Promise.resolve([]),
  );

/** What keeps the address at a dead Redis, of every port that is called for. */
const outlooksFor = (conf: KeepalivedConf, calls: readonly Call[]): readonly string[] => {
  const ports = [...new Set(calls.map(portOf))];
  return [...new Set(ports.flatMap((port) => outlookFor(conf, { peer: undefined, port }).troubles))];
};

/** Changes nothing, but with `takePassword` where a password is asked for and found. */
export const checkConfig = async (options: CommonOptions, takePassword: boolean): Promise<CallsReport> => {
  const { files, connection } = await settingsFor(options, {});
  const isConfigured = connection.local !== undefined && connection.peer !== undefined;
  const conf = confHere(files.keepalivedConf);
  const users = usersHere();
  const calls = conf === undefined ? [] : callsIn(conf, new Set(users.map(({ name }) => name)));
  const distinct = onceBy(calls, ({ path, words, user, keyword }) => [keyword, user, path, ...words].join(' '));
  let tried = await tryAll(distinct, users, isConfigured);
  const asking = distinct[tried.findIndex(({ asksPassword }) => asksPassword)];
  const found = asking === undefined ? undefined : await passwordIn(options, asking, distinct);
  const user = asking === undefined ? undefined : scriptUserAmong(users, asking.user);
  let password: CallsReport['password'];
  if (found !== undefined && user !== undefined) {
    const left = takePassword ? await keepPassword(found, user) : undefined;
    if (takePassword) tried = await tryAll(distinct, users, isConfigured);
    password = { foundIn: found.file, keptIn: takePassword ? PASSWORD_FILE : undefined, left };
  }
  const scriptUsers = onceBy(
    distinct.flatMap((call) => scriptUserAmong(users, call.user) ?? []),
    ({ name }) => name,
  );
  const ours = [files.stateDir, dirname(files.logFile), RUN_DIRECTORY];
  const troubles = [
    ...(conf?.problems ?? []),
    ...missingUsers(distinct, users),
    ...(conf === undefined ? [] : outlooksFor(conf, distinct)),
    ...securityTroubles(conf, distinct),
    ...(process.geteuid?.() === 0 ? await unwritable(ours, scriptUsers) : []),
  ];
  return { file: files.keepalivedConf, isThere: conf !== undefined, tried, troubles, password };
};
