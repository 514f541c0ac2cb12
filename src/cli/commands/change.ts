/** `master`, `backup`, `fault`, `promote` and `notify`: whatever may change a role. */
import { foresee, transition } from '../../app/transition.ts';
import { describeNode } from '../../core/situation.ts';
import type { Intent, VrrpState } from '../../core/model.ts';
import { isMaster, keptOutBy } from '../../core/model.ts';
import { EXIT, RedishaError } from '../../errors.ts';
import type { Exit } from '../exits.ts';
import { exitOfAll, exitOfDryRun, exitOfError, exitOfOutcome, exitWith } from '../exits.ts';
import type { ChangeOptions, ChangeSession, PeoplesRuntime, Runtime } from '../runtime.ts';
import type { PairWords } from '../words.ts';
import { parsePair, parsePairs, parseVrrpState } from '../words.ts';
import { recordStop, runRecord } from './record.ts';

const VRRP_STATES: Readonly<Record<Exclude<Intent, 'promote'>, VrrpState>> = {
  master: 'MASTER',
  backup: 'BACKUP',
  fault: 'FAULT',
};

/** Why a person's promote is refused; `undefined` where it is not. */
const keptOut = ({ vrrpNow }: ChangeSession): string | undefined => {
  const why = keptOutBy(vrrpNow());
  return why === undefined ? undefined : `${why}: the role would move, and the address could not follow`;
};

const dryRun = async (command: Intent, session: ChangeSession, options: ChangeOptions): Promise<Exit> => {
  const { world, policy, vrrpAgeMs } = session;
  const { pair, plan } = await foresee(world, { intent: command, policy, forced: options.force, vrrpAgeMs });
  const [local, peer] = [describeNode(pair.local), describeNode(pair.peer)];
  const { situation, rule, name, why } = plan;
  world.eyes.local.close();
  world.eyes.peer.close();
  const kept = command === 'promote' && !options.force ? keptOut(session) : undefined;
  const notes = [...session.notes, ...plan.warnings, ...(kept === undefined ? [] : [`it would be refused: ${kept}`])];
  return exitOfDryRun(
    command,
    { situation, rule, name, why, local, peer, steps: [...plan.steps], notes },
    options.json,
  );
};

/** A person's promote says nothing of VRRP: keepalived's last word stands. */
const stateOf = (command: Intent, { vrrpNow }: ChangeSession): VrrpState =>
  command === 'promote' ? (vrrpNow() ?? 'BACKUP') : VRRP_STATES[command];

/** keepalived needs its checks and adverts to move an address: some 8 s with the slowest timers that are common. */
const ADDRESS_TIMEOUT_MS = 20_000;
const ADDRESS_EVERY_MS = 50;
const ROLE_EVERY_MS = 250;

/** The command by which keepalived says that a node is well again needs a moment to start. */
const FAULT_MS = 1_000;

/**
 * True afterwards: keepalived may bring the address here, as far as it has told.
 * @throws {RedishaError} REFUSED_BY_RULE where it may not: the role would move to where no client comes
 */
const assertElectable = async ({ signal }: Runtime, session: ChangeSession): Promise<void> => {
  const { clock } = session.world;
  const startMs = clock.nowMs();
  for (let why = keptOut(session); why !== undefined && !signal.aborted; why = keptOut(session)) {
    if (clock.nowMs() - startMs >= FAULT_MS) {
      throw new RedishaError('REFUSED_BY_RULE', why, {
        hint: 'try again once keepalived runs and a check has passed, or use --force',
      });
    }
    await clock.delay(ADDRESS_EVERY_MS, signal);
  }
};

const isMasterHere = async ({ world: { eyes } }: ChangeSession): Promise<boolean> => {
  const { local } = eyes;
  const view = await local.look();
  local.close();
  return isMaster(view);
};

/** What became of the address after the role has moved; `undefined` where nobody knows which one it is. */
const awaitAddress = async (
  { signal }: Runtime,
  session: ChangeSession,
): Promise<{ readonly here: boolean; readonly words: string } | undefined> => {
  const { address, hasAddress, world } = session;
  const { clock } = world;
  if (address === undefined) return undefined;
  const startMs = clock.nowMs();
  while (!hasAddress(address) && !signal.aborted && clock.nowMs() - startMs < ADDRESS_TIMEOUT_MS) {
    await clock.delay(ADDRESS_EVERY_MS, signal);
  }
  const took = `${((clock.nowMs() - startMs) / 1000).toFixed(1)} s`;
  if (hasAddress(address)) return { here: true, words: `the address ${address} is here (${took})` };
  const role = (await isMasterHere(session)) ? 'the role has' : 'and the role has gone back';
  return { here: false, words: `the address ${address} has not come within ${took}; ${role}` };
};

/**
 * True afterwards: local is a master, by the command of keepalived that ended this promote. A person goes by the answer, and
 * may switch the other host off next.
 * @throws {RedishaError} STEP_FAILED where it is not
 */
const assertPromoted = async ({ signal }: Runtime, session: ChangeSession): Promise<void> => {
  const { vrrpNow, world } = session;
  const { clock } = world;
  const startMs = clock.nowMs();
  while (!(await isMasterHere(session))) {
    const isComing = vrrpNow() === 'MASTER' && clock.nowMs() - startMs < ADDRESS_TIMEOUT_MS;
    if (!isComing || signal.aborted) {
      throw new RedishaError('STEP_FAILED', 'a newer command of keepalived ended it, and the role is not here', {
        hint: 'run it again when that command is done; redisha status tells where the role is',
      });
    }
    await clock.delay(ROLE_EVERY_MS, signal);
  }
};

const change = async (runtime: Runtime, command: Intent, pair: PairWords, options: ChangeOptions): Promise<Exit> => {
  const session = await runtime.openChange(command, pair, options);
  if (options.dryRun) return dryRun(command, session, options);
  const announce = (): Promise<void> => session.announce(command, stateOf(command, session), pair);
  const mayBeRefused = command === 'promote' && !options.force;
  if (mayBeRefused) await assertElectable(runtime, session);
  else if (!options.heal) await announce();
  for (const note of session.notes) {
    session.world.log.warn('note', { note });
    if (!options.json) runtime.tell(`note: ${note}`);
  }
  const outcome = await transition(session.world, {
    intent: command,
    policy: session.policy,
    forced: options.force,
    vrrpAgeMs: options.heal || command === 'promote' ? session.vrrpAgeMs : 0,
    healing: options.heal,
    signal: runtime.signal,
    ...(mayBeRefused ? { announce } : {}),
  });
  const exit = exitOfOutcome(command, outcome, options.json, pair.isOneOfSeveral === true ? pair.port : undefined);
  if (outcome.result === 'interrupted') return { ...exit, code: runtime.signalExit() ?? exit.code };
  if (command !== 'promote' || outcome.exitCode !== EXIT.done) return exit;
  if (outcome.result === 'superseded') await assertPromoted(runtime, session);
  const address = await awaitAddress(runtime, session);
  if (address === undefined || (address.here && options.json)) return exit;
  if (address.here) return exitWith(exit.code, `${exit.stdout}${address.words}`);
  const missing = new RedishaError('STEP_FAILED', address.words, { hint: 'redisha status, on both nodes' });
  return { ...exitOfError(missing, options.json), stdout: exit.stdout };
};

/** Each port has a turn, a journal and an outcome of its own: one that cannot be settled holds up none of the others. */
const changeAll = async (
  runtime: Runtime,
  command: Exclude<Intent, 'promote'>,
  pairs: readonly PairWords[],
  options: ChangeOptions,
): Promise<Exit> => {
  const settle = async (pair: PairWords): Promise<Exit> => {
    try {
      return await change(runtime, command, pair, options);
    } catch (error) {
      return exitOfError(error, options.json);
    }
  };
  return exitOfAll(await Promise.all(pairs.map(settle)));
};

export const runChange = (
  runtime: Runtime,
  command: 'master' | 'backup',
  words: readonly string[],
  options: ChangeOptions,
): Promise<Exit> => changeAll(runtime, command, parsePairs(words, command), options);

export const runFault = (runtime: Runtime, words: readonly string[], options: ChangeOptions): Promise<Exit> =>
  words.length === 0
    ? runRecord(runtime, 'fault', undefined, options)
    : changeAll(runtime, 'fault', parsePairs(words, 'fault'), options);

export const runPromote = async (
  runtime: PeoplesRuntime,
  words: readonly string[],
  options: ChangeOptions,
): Promise<Exit> => {
  const pair = words.length === 0 ? await runtime.knownPair('promote', options) : parsePair(words, 'promote');
  return change(runtime, 'promote', pair, options);
};

/** keepalived adds KIND, NAME, STATE and PRIORITY to the words of its `notify` line. */
export const runNotify = (runtime: Runtime, words: readonly string[], options: ChangeOptions): Promise<Exit> => {
  const pairs = parsePairs(words.slice(0, 3), 'notify');
  const vrrpState = parseVrrpState(words[5] ?? '');
  switch (vrrpState) {
    case 'MASTER':
      return changeAll(runtime, 'master', pairs, options);
    case 'BACKUP':
      return changeAll(runtime, 'backup', pairs, options);
    case 'FAULT':
      return changeAll(runtime, 'fault', pairs, options);
    case 'STOP':
      return recordStop(runtime, pairs, options);
  }
};
