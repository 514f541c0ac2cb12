/**
 * The one path by which a role changes: look, name the situation, plan, carry out, look again, until nothing is left to
 * do, a rule refuses, a newer command was started, or the budget is spent.
 */
import { EXIT, exitCodeOf, isCode, RedishaError } from '../errors.ts';
import type { LinkCause } from '../core/link-cause.ts';
import type { Context, Evidence, Intent, PairView, Policy } from '../core/model.ts';
import type { Plan } from '../core/plan.ts';
import { plan } from '../core/plan.ts';
import { standingOf } from '../core/situation.ts';
import { isAddressAtPeer } from './address-at-peer.ts';
import { apply } from './apply.ts';
import type { World } from './execution.ts';
import { isAddressGoing, Superseded, wantedOf } from './execution.ts';
import type { Felt } from './felt.ts';
import { nothingFelt, takeFelt } from './felt.ts';
import type { LinkWorld } from './explain-link.ts';
import { explainEnd } from './explain-link.ts';
import type { Applying, Findings } from './findings.ts';
import { forgetAfterRestart, noFindings, withoutOwn } from './findings.ts';
import { leaveHeld, releaseAll, releaseRival } from './hold-over-steps.ts';
import { observe } from './observe.ts';
import { tellOlderData } from './older-told.ts';
import type { Memory, MemoryStore, Neighbours, Rescuer } from './ports.ts';
import { memoryOf, rememberPair, rememberSteps, rememberTaking } from './remember.ts';
import { journalOfChange, report } from './report.ts';

export interface TransitionOptions {
  readonly intent: Intent;
  readonly policy: Policy;
  readonly forced: boolean;
  /** How old the VRRP state was when the command began. */
  readonly vrrpAgeMs: number;
  /** See {@link Context}. */
  readonly peerServes?: boolean;
  /** Started by the check: it leaves at once when another command runs, and is not announced. */
  readonly healing: boolean;
  readonly signal: AbortSignal;
  /**
   * Makes older commands of the port find themselves superseded. Where it is left to the transition, it comes only once the
   * rules are seen not to refuse at once: a command that does nothing must not end one that waits for its time.
   */
  readonly announce?: () => Promise<void>;
}

export interface TransitionWorld extends World {
  readonly memory: MemoryStore;
  readonly rescuer: Rescuer;
  readonly neighbours: Neighbours;
  readonly stranger: LinkWorld['stranger'];
}

export interface Outcome {
  readonly exitCode: number;
  readonly result: 'done' | 'refused' | 'superseded' | 'interrupted' | 'failed' | 'another command runs' | 'paused';
  readonly plan: Plan | undefined;
  readonly message: string;
  readonly hint: string | undefined;
  /** What a person has to be told of what was done. */
  readonly warnings: readonly string[];
  /** The network was told that the address is here, and is to be told again. */
  readonly isAddressTold: boolean;
  readonly tookMs: number;
}

const LOOK_EVERY_MS = 50;
const LOCK_EVERY_MS = 20;
/** A pair that changes under our hands is planned for anew this many times. */
const FAILURES_MAX = 8;
/** Two nodes that act at the same moment drift apart by up to this long. */
const SPREAD_MS = 250;
/** What the slowest single step may take beyond the longest wait that a rule grants. */
const BUDGET_RESERVE_MS = 30_000;

const budgetMs = ({ syncTimeoutMs, peerMasterTimeoutMs, linkTimeoutMs, loadingTimeoutMs }: Policy): number =>
  Math.max(syncTimeoutMs, peerMasterTimeoutMs, linkTimeoutMs, loadingTimeoutMs) + BUDGET_RESERVE_MS;

interface Run extends TransitionWorld {
  readonly options: TransitionOptions;
  readonly startMs: number;
  readonly findings: Findings;
  readonly applying: Applying;
  readonly memoryBefore: Memory | undefined;
}

/** The plan for what is seen now; `--dry-run` and `status` end here. */
export const foresee = async (
  world: Pick<TransitionWorld, 'eyes'> & { readonly memory: Pick<MemoryStore, 'load'> },
  options: Pick<TransitionOptions, 'intent' | 'policy' | 'forced' | 'vrrpAgeMs' | 'peerServes'>,
): Promise<{ readonly pair: PairView; readonly plan: Plan }> => {
  const [pair, memory] = await Promise.all([observe(world.eyes), world.memory.load()]);
  const evidence: Evidence = { kind: 'none' };
  const context: Context = {
    ...options,
    pair,
    evidence,
    waitedMs: 0,
    unchangedMs: 0,
    memory,
  };
  return { pair, plan: plan(context) };
};

/** @returns the plan where nothing is left to do, or it refuses. */
const carriedOut = async (run: Run, decided: Plan, pair: PairView): Promise<Plan | undefined> => {
  const [only] = decided.steps;
  if (only === undefined) await rememberPair(run, pair);
  if (only === undefined || only.kind === 'refuse') return decided;
  if (only.kind === 'wait') await run.clock.delay(LOOK_EVERY_MS, run.options.signal);
  else {
    for (const warning of decided.warnings) run.findings.warnings.add(warning);
    await rememberTaking(run, decided.steps);
    await apply(run.applying, decided.steps, pair);
  }
  await rememberSteps(run, pair, decided.steps);
  return undefined;
};

/** One round: `undefined` when the pair has to be looked at again. */
const round = async (
  run: Run,
  seen: { rule: number; situation: string; standing: string; sinceMs: number },
): Promise<Plan | undefined> => {
  const { clock, eyes, options } = run;
  const lookedMs = clock.nowMs();
  const pair = withoutOwn(await observe(eyes), run.findings);
  forgetAfterRestart(run.findings, pair);
  if (!options.forced) await tellOlderData(run, pair, run.memoryBefore);
  const addressGone = options.healing && (await isAddressGoing(run.applying, pair, run.findings.ledLast === false));
  const nowMs = clock.nowMs();
  const addressAtPeer = await isAddressAtPeer(run.applying, pair, nowMs - run.startMs);
  const decide = (unchangedMs: number): Plan =>
    plan({
      ...options,
      intent: run.applying.intent,
      pair,
      addressAtPeer,
      forced: options.forced || run.findings.leadsByChoice,
      keepsItsData: run.findings.keepsItsData,
      evidence: run.findings.evidence,
      freshRepair: options.healing && !run.findings.touched,
      addressGone,
      addressUntold: options.healing && run.findings.addressTold === undefined,
      rivalHeld: run.findings.rivalHeld !== undefined,
      waitedMs: nowMs - run.startMs - run.findings.savingMs,
      vrrpAgeMs: options.vrrpAgeMs + nowMs - run.startMs,
      unchangedMs,
      peerSilentMs: eyes.peerSilence?.silentMs() ?? 0,
      memory: memoryOf(run),
    });
  const first = decide(clock.nowMs() - seen.sinceMs);
  const standing = standingOf(pair, first.situation);
  const isNew = standing !== seen.standing;
  const decided = isNew ? decide(clock.nowMs() - lookedMs) : first;
  if (isNew) seen.sinceMs = lookedMs;
  const { rule, situation } = decided;
  const isNews = situation !== seen.situation || rule !== seen.rule;
  Object.assign(seen, { rule, situation, standing });
  if (situation !== 'TwoMasters') await releaseRival(run.applying);
  // No failover waits for the disk of the journal.
  const reported = isNews ? report(run, run.applying.intent, pair, decided) : undefined;
  const [ended] = await Promise.all([carriedOut(run, decided, pair), reported]);
  return ended;
};

const mayPlanAnew = (error: unknown): boolean =>
  isCode(error, 'SITUATION_CHANGED', 'STEP_FAILED', 'HAND_OVER_ABORTED', 'REDIS_UNREACHABLE', 'REDIS_TIMEOUT');

/** Rounds until one ends the command. */
const rounds = async (run: Run): Promise<Plan> => {
  const { clock, log, options } = run;
  const endMs = run.startMs + budgetMs(options.policy);
  const seen = { rule: 0, situation: '', standing: '', sinceMs: run.startMs };
  let failures = 0;
  while (clock.nowMs() < endMs + run.findings.savingMs) {
    if (options.signal.aborted) throw new RedishaError('INTERRUPTED', 'interrupted by a signal');
    run.applying.intent = await run.applying.wanted();
    try {
      const ended = await round(run, seen);
      if (ended !== undefined) return ended;
    } catch (error) {
      if (!mayPlanAnew(error) || ++failures > FAILURES_MAX) throw error;
      log.warn('step-failed', {
        error: error instanceof Error ? error.message : String(error),
        failures,
      });
      seen.rule = 0;
      await clock.delay(LOOK_EVERY_MS + clock.random() * SPREAD_MS, options.signal);
    }
  }
  throw new RedishaError('BUDGET_SPENT', `not done within ${String(budgetMs(options.policy))} ms`, {
    hint: 'read the log lines of this command: each plan names its rule and why',
  });
};

/** Resolves when it is this command's turn; false when it leaves without one. */
const takeTurn = async (
  world: TransitionWorld,
  options: TransitionOptions,
  wanted: () => Promise<Intent>,
): Promise<boolean> => {
  const endMs = world.clock.nowMs() + budgetMs(options.policy);
  for (;;) {
    if (options.signal.aborted) throw new RedishaError('INTERRUPTED', 'interrupted by a signal');
    await wanted();
    if ((await world.turn.acquire()) === 'acquired') return true;
    if (options.healing) return false;
    if (world.clock.nowMs() >= endMs) {
      throw new RedishaError('BUDGET_SPENT', 'another command holds the lock for this port and does not end', {
        hint: 'look for a running redisha with "pgrep -af redisha"',
      });
    }
    await world.clock.delay(LOCK_EVERY_MS, options.signal);
  }
};

type Ended = Omit<Outcome, 'tookMs' | 'warnings' | 'isAddressTold'>;

const outcomeOfPlan = (ended: Plan, trouble: LinkCause | undefined): Ended => {
  const [only] = ended.steps;
  const said = { plan: ended, message: trouble === undefined ? ended.why : `${ended.why}: ${trouble.why}` };
  if (only?.kind !== 'refuse') return { ...said, exitCode: EXIT.done, result: 'done', hint: undefined };
  const hint = trouble?.next ?? only.hint;
  return { ...said, exitCode: exitCodeOf(new RedishaError(only.code, '')), result: 'refused', hint };
};

const outcomeOfError = (error: unknown): Ended => {
  if (error instanceof Superseded) {
    return { exitCode: EXIT.done, result: 'superseded', plan: undefined, message: error.message, hint: undefined };
  }
  if (!(error instanceof RedishaError)) throw error;
  const result = error.code === 'INTERRUPTED' ? 'interrupted' : 'failed';
  return { exitCode: exitCodeOf(error), result, plan: undefined, message: error.message, hint: error.hint };
};

/** What is refused at the first look, by a command that has not been announced yet. */
const refusedAtOnce = async (world: TransitionWorld, options: TransitionOptions): Promise<Plan | undefined> => {
  const { pair, plan: foreseen } = await foresee(world, options);
  if (foreseen.steps[0]?.kind !== 'refuse') return undefined;
  await report(world, options.intent, pair, foreseen);
  return foreseen;
};

const carryOut = async (
  world: TransitionWorld,
  options: TransitionOptions,
  { findings, felt }: { readonly findings: Findings; readonly felt: Felt },
): Promise<Ended> => {
  const { intent, policy, signal } = options;
  const wanted = (): Promise<Intent> => wantedOf(world, intent);
  const applying: Applying = { ...world, policy, signal, wanted, intent, findings, felt };
  try {
    const refused = options.announce === undefined ? undefined : await refusedAtOnce(world, options);
    if (refused !== undefined) return outcomeOfPlan(refused, await explainEnd(world, intent, refused.situation));
    await options.announce?.();
    if (!(await takeTurn(world, options, wanted))) {
      return {
        exitCode: EXIT.done,
        result: 'another command runs',
        plan: undefined,
        message: 'another command is at work on this port',
        hint: undefined,
      };
    }
    const memory = await world.memory.load();
    const startMs = world.clock.nowMs();
    const ended = await rounds({ ...world, options, startMs, findings, applying, memoryBefore: memory });
    return outcomeOfPlan(ended, await explainEnd(world, intent, ended.situation));
  } catch (error) {
    if (error instanceof Superseded) await leaveHeld(applying).catch(() => undefined);
    return outcomeOfError(error);
  } finally {
    await releaseAll(applying);
  }
};

/**
 * True afterwards, when it resolves with exit code 0: what the intent asks for holds, or a newer command has taken over.
 *
 * Never throws for a fact of the world; a broken invariant does throw.
 */
export const transition = async (outer: TransitionWorld, options: TransitionOptions): Promise<Outcome> => {
  const world = { ...outer, journal: journalOfChange(outer) };
  const startMs = world.clock.nowMs();
  try {
    const [findings, felt] = [noFindings(), nothingFelt()];
    const outcome = await carryOut(world, options, { findings, felt });
    const tookMs = Math.round(world.clock.nowMs() - startMs);
    const { exitCode, result, message } = outcome;
    const fields = { intent: options.intent, result, exitCode, rule: outcome.plan?.rule, message, tookMs };
    world.log[exitCode === EXIT.done ? 'info' : 'warn']('end', fields);
    await world.journal.append({ event: 'end', ...fields, ...takeFelt(felt) });
    return { ...outcome, warnings: [...findings.warnings], isAddressTold: findings.addressTold === true, tookMs };
  } finally {
    await world.turn.release();
    world.eyes.local.close();
    world.eyes.peer.close();
  }
};
