/**
 * Loaded into redisha before its own first line (`node --import`): counts what it does to the two Redises and to its
 * files, and at the step that is asked for ends it, tells it to end, or takes the peer away. The product knows nothing of it.
 */
import { closeSync, default as fs, openSync, readFileSync, writeSync } from 'node:fs';
import { syncBuiltinESMExports } from 'node:module';
import { Socket } from 'node:net';
import type { Cut } from './cut.ts';

const cut = JSON.parse(process.env['REDISHA_TEST_CUT'] ?? '{}') as Cut;

/** What only looks leaves the world as it was, so being killed there is being killed after the step before. */
const CHANGING = /\b(REPLICAOF|SLAVEOF|FAILOVER|PAUSE|UNPAUSE|PSYNC|SYNC|EXEC)\b|CONFIG SET/;
const DECISIVE_FILE = /\.part$|\.tmp$|journal\.jsonl$/;

const { writeSync: writeUncounted } = { writeSync };
let count = 0;
let reached = false;

/** The state of a process as the kernel tells it. */
const stateOf = (pid: number): string | undefined =>
  readFileSync(`/proc/${pid}/stat`, 'latin1').replace(/^.*\) /, '')[0];

const sockets = new Set<Socket>();
const broken = (code: string): Error => Object.assign(new Error(code), { code });

const act = (): void => {
  reached = true;
  if ('signal' in cut.act) {
    process.kill(process.pid, cut.act.signal);
  } else if ('freezes' in cut.act) {
    process.kill(cut.act.freezes, 'SIGSTOP');
    while (stateOf(cut.act.freezes) !== 'T') {
      // The signal is on its way; nothing else may happen here before it has arrived.
    }
  } else {
    for (const socket of sockets) {
      if (socket.remoteAddress === cut.act.resets) socket.destroy(broken('ECONNRESET'));
    }
  }
};

/** Whether the step is the one that is asked for; every step is written down. */
const isDue = (label: string): boolean => {
  count += 1;
  const trace = openSync(cut.trace, 'a');
  writeUncounted(trace, `${label}\n`);
  closeSync(trace);
  return !reached && count === cut.at;
};

const due = (label: string, decisive: boolean): boolean => decisive && isDue(label);

const nothing = (): undefined => undefined;

const around = <T>(isNow: boolean, whole: () => T, half: () => unknown = nothing): T => {
  if (isNow && cut.moment === 'half') half();
  if (isNow && cut.moment !== 'after') act();
  const result = whole();
  if (isNow && cut.moment === 'after') act();
  return result;
};

const paths = new Map<number, string>();
const isOwn = (path: string): boolean => /redisha-.*\/state\b/.test(path);
const short = (path: string): string => path.replace(/^.*\/state\/\d+\//, '').replaceAll(/\d{6,}/g, 'N');

/** A file that redisha keeps something in; its log, which it never reads, is left out. */
const fileIsDue = (what: string, path: string | undefined): boolean =>
  path !== undefined && isOwn(path) && due(`${what} ${short(path)}`, DECISIVE_FILE.test(path));

const wordsOf = (packet: string): string =>
  packet
    .split('\r\n')
    .filter((line) => line !== '' && !/^[*$]\d+$/.test(line))
    .slice(0, 40)
    .join(' ');

type Bytes = string | Buffer;
const isBytes = (data: unknown): data is Bytes => typeof data === 'string' || Buffer.isBuffer(data);
const halfOf = (data: unknown): Bytes => (isBytes(data) ? data.slice(0, Math.floor(data.length / 2)) : '');

type Call = (...args: unknown[]) => unknown;
type Method = (this: unknown, ...args: unknown[]) => unknown;

/** `change` gives what stands in the place of a function of a module, or of a method. */
const replace = (owner: object, name: string, change: (original: Method) => Method): void => {
  const table = owner as Record<string, Method>;
  const original = table[name];
  if (original === undefined) throw new Error(`no ${name} to count`);
  table[name] = change(original);
};

replace(
  Socket.prototype,
  'write',
  (original) =>
    function counted(this: unknown, ...args) {
      const [packet] = args;
      const { remoteAddress } = this as Socket;
      sockets.add(this as Socket);
      if (remoteAddress === undefined || !isBytes(packet)) return original.apply(this, args);
      const words = wordsOf(packet.toString('latin1'));
      const isNow = due(`${remoteAddress} ${words.slice(0, 60)}`, CHANGING.test(words));
      return around(
        isNow,
        () => original.apply(this, args),
        () => original.call(this, halfOf(packet)),
      );
    },
);

replace(
  Socket.prototype,
  'connect',
  (original) =>
    function refused(this: unknown, ...args) {
      const [first] = args.flat() as [{ readonly host?: string }];
      if (!reached || !('resets' in cut.act) || first.host !== cut.act.resets) return original.apply(this, args);
      process.nextTick(() => (this as Socket).destroy(broken('ECONNREFUSED')));
      return this;
    },
);

/** A flag that makes or empties a file. */
const writes = (flag: unknown): boolean => typeof flag === 'string' && /^[wa]/.test(flag);
const call =
  (original: Method, args: readonly unknown[]): Call =>
  () =>
    original(...args);

/** A call whose last argument is told the outcome. */
const aroundCalled = (isNow: boolean, original: Method, args: readonly unknown[], done: Call = nothing): void => {
  const callback = args.at(-1) as Call;
  if (isNow && cut.moment !== 'after') act();
  original(...args.slice(0, -1), (...outcome: unknown[]) => {
    done(...outcome);
    if (isNow && cut.moment === 'after') act();
    callback(...outcome);
  });
};

replace(fs, 'open', (original) => (...args) => {
  const [path, flag] = args;
  aroundCalled(writes(flag) && fileIsDue('open', String(path)), original, args, (error, fd) => {
    if (!(error instanceof Error)) paths.set(Number(fd), String(path));
  });
});
for (const name of ['writeFile', 'fsync']) {
  replace(fs, name, (original) => (...args) => {
    const [fd, text] = args;
    const isNow = fileIsDue(name, paths.get(Number(fd)));
    if (isNow && cut.moment === 'half' && name === 'writeFile') writeUncounted(Number(fd), Buffer.from(halfOf(text)));
    aroundCalled(isNow, original, args);
  });
}
replace(fs, 'openSync', (original) => (...args) => {
  const [path, flag] = args;
  const fd = around(writes(flag) && fileIsDue('open', String(path)), call(original, args)) as number;
  paths.set(fd, String(path));
  return fd;
});
replace(fs, 'writeFileSync', (original) => (...args) => {
  const [fd, text] = args;
  const isNow = fileIsDue('write', paths.get(Number(fd)));
  return around(isNow, call(original, args), () => original(fd, halfOf(text)));
});
for (const name of ['rename', 'unlink', 'mkdir']) {
  replace(
    fs,
    name,
    (original) =>
      (...args) =>
        aroundCalled(fileIsDue(name, String(args[0])), original, args),
  );
  replace(
    fs,
    `${name}Sync`,
    (original) =>
      (...args) =>
        around(fileIsDue(name, String(args[0])), call(original, args)),
  );
}
syncBuiltinESMExports();
