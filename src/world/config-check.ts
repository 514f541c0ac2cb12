/** `config check`: whether keepalived, as it is configured, gets from redisha what it needs. */
import { existsSync } from 'node:fs';
import { dirname } from 'node:path';
import { isSea } from 'node:sea';
import type { CallsReport, CommonOptions, TriedCall } from '../cli/runtime.ts';
import { judgeCall } from '../cli/fitting.ts';
import type { Settings } from '../config/settings.ts';
import { RUN_DIRECTORY } from '../core/blueprint.ts';
import type { DoctorFacts } from '../core/doctor/facts.ts';
import { HOST_ROWS } from '../core/doctor/host-rows.ts';
import { lineText } from '../core/doctor/row.ts';
import { knowsName } from '../host/names.ts';
import type { Call } from '../keepalived/calls.ts';
import { unsafeParts } from '../host/script-path.ts';
import { callsIn } from '../keepalived/calls.ts';
import { outlookFor } from '../keepalived/outlook.ts';
import type { KeepalivedConf } from '../keepalived/parse.ts';
import { keepalivedSaid } from '../keepalived/said.ts';
import { hostSays } from './doctor-host.ts';
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

/** What keepalived would not run, or others may change, as the doctor has it. */
const ASKED_OF_DOCTOR: readonly string[] = ['script-unsafe', 'script-changeable', 'user-missing'];

const doctorSays = async (
  settings: Settings,
  conf: KeepalivedConf,
  isConfigured: boolean,
): Promise<readonly string[]> => {
  const keepalived = keepalivedSaid(conf, judgeCall(knowsName));
  const facts: DoctorFacts = {
    own: { whose: 'own', isConfigured, toml: undefined, keepalived, redis: [] },
    peer: undefined,
    host: await hostSays(settings, keepalived, [], []),
    servers: [],
    checkDeadlineMs: settings.check.deadlineMs,
  };
  const told = HOST_ROWS.filter(({ id }) => ASKED_OF_DOCTOR.includes(id)).flatMap(({ find }) => find(facts));
  return told.map(({ at, says, fix }) => `${at === undefined ? '' : `${lineText(at)}: `}${says}: ${fix}`);
};

/** Before there is a keepalived.conf that could call it: whether keepalived would run what is installed here. */
const unsafeHere = (): readonly string[] =>
  isSea()
    ? unsafeParts(process.execPath).map(
        (complaint) => `keepalived with enable_script_security would disable the scripts: ${complaint}`,
      )
    : [];

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
  const settings = await settingsFor(options, {});
  const { files, connection } = settings;
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
    ...(conf === undefined ? [] : outlooksFor(conf, distinct)),
    ...(conf === undefined ? unsafeHere() : await doctorSays(settings, conf, isConfigured)),
    ...(process.geteuid?.() === 0 ? await unwritable(ours, scriptUsers) : []),
  ];
  return { file: files.keepalivedConf, isThere: conf !== undefined, tried, troubles, password };
};
