/**
 * What carrying out the commands of a suffix one after the other comes to, on an empty server of our own.
 *
 * What a suffix does to an empty server is what it does to a missing key. A key is certain where that makes no difference: it
 * was set, removed, or made of keys that are certain. One that was there before and was only changed (INCR, HSET) shows the
 * change alone, and counts as `byEffect`. What each command is worth is in command-table.ts.
 */
import { createReadStream } from 'node:fs';
import { stat } from 'node:fs/promises';
import type { Doubts } from '../app/ports/rescues.ts';
import { RedishaError } from '../errors.ts';
import { notBefore } from './command-forms.ts';
import { CommandParser, WHOLE } from './command-parser.ts';
import type { Traits } from './command-table.ts';
import { traitsOf } from './command-table.ts';
import type { Command } from './command.ts';
import type { Interpreter, Meaning } from './commands.ts';
import { keyText } from './commands.ts';
import type { Argument, Reply } from './connection.ts';
import type { FailureKind } from './failure.ts';
import { Failure } from './failure.ts';
import type { Keys } from './key-space.ts';

const CHUNK_BYTES = 1024 * 1024;
const NAMES_MAX = 10;
/** The private server lives, and does not carry out this command. */
const REFUSALS: ReadonlySet<FailureKind> = new Set(['error', 'unknown-command']);
/** What has ended by now must not end before its last command has been carried out. */
const PUT_OFF_MS = 60_000;
const PUT_OFF_MS_PER_MEBIBYTE = 100;
const KEYS_PER_LOOK = 1000;

interface Touched {
  readonly database: number;
  readonly key: Buffer;
}

type Effect = Meaning & { readonly kind: 'write' | 'wide' };

/** A command that is sent, and what it means. */
interface Step {
  readonly effect: Effect;
  readonly command: readonly Argument[];
}

/** True where the reply says that nothing was done. */
const isNothing = (reply: Reply): boolean =>
  reply === null ||
  (typeof reply === 'number' && reply < 0) ||
  (Array.isArray(reply) && (reply as readonly Reply[]).every((item) => isNothing(item)));

/** The command without what an empty server, or a later moment, would make of it. */
const triedAs = ({ momentAt, momentMs = 1, unconditional }: Traits, words: Command, earliestMs: number): Command => {
  const later = notBefore(words, momentAt?.(words), momentMs, earliestMs);
  return unconditional?.(later) ?? later;
};

/** The place of the key that is made of the others. */
const madeAt = (makes: Traits['makes'], count: number): number | undefined =>
  makes === 'first' ? 0 : makes === 'second' ? 1 : makes === 'last' ? count - 1 : undefined;

export class Rehearsal {
  readonly #keys: Keys;
  readonly #interpret: Interpreter;
  readonly #earliestMs: number;
  readonly #skipped = new Set<string>();
  readonly #unknown = new Set<string>();
  readonly touched = new Map<string, Touched>();
  /** Those of them whose values owe nothing to what was there before the suffix. */
  readonly #certain = new Set<string>();
  #skippedCount = 0;
  #everything: string | undefined;
  #database = 0;

  /** No key ends before `earliestMs`. */
  constructor(keys: Keys, interpret: Interpreter, earliestMs: number) {
    this.#keys = keys;
    this.#interpret = interpret;
    this.#earliestMs = earliestMs;
  }

  get doubts(): Doubts {
    return {
      skipped: [...this.#skipped].slice(0, NAMES_MAX),
      skippedCount: this.#skippedCount,
      unknown: [...this.#unknown].slice(0, NAMES_MAX),
      everything: this.#everything,
      byEffect: this.touched.size - this.#certain.size,
    };
  }

  /** True when the value of the key shows only what was done to it. */
  isByEffect(database: number, key: Buffer): boolean {
    const text = keyText(database, key);
    return this.touched.has(text) && !this.#certain.has(text);
  }

  /** True afterwards: those of the commands that a server without their past takes have been carried out. */
  async carryOut(commands: readonly Command[]): Promise<void> {
    let portion: Step[] = [];
    for (const words of commands) {
      const effect = this.#interpret(words);
      if (effect.kind === 'select' && effect.database !== this.#database) {
        await this.#send(portion);
        portion = [];
        this.#database = effect.database;
      }
      if (effect.kind !== 'write' && effect.kind !== 'wide') continue;
      const named = [Buffer.from(effect.name), ...words.slice(1)];
      portion.push({ effect, command: triedAs(traitsOf(effect.name), named, this.#earliestMs) });
    }
    await this.#send(portion);
  }

  /** True afterwards: what has ended by now is gone. */
  async end(): Promise<void> {
    const byDatabase = Map.groupBy(this.touched.values(), ({ database }) => database);
    for (const [database, touched] of byDatabase) {
      for (let from = 0; from < touched.length; from += KEYS_PER_LOOK) {
        const keys = touched.slice(from, from + KEYS_PER_LOOK).map(({ key }) => key);
        const left = await this.#keys.call(
          database,
          keys.map((key) => ['PTTL', key]),
        );
        const latestMs = this.#earliestMs - Date.now();
        const ended = keys.filter((_key, at) => Number(left[at]) >= 0 && Number(left[at]) <= latestMs);
        if (ended.length > 0) await this.#keys.call(database, [['DEL', ...ended]]);
      }
    }
  }

  async #send(portion: readonly Step[]): Promise<void> {
    const tried = portion.filter(({ effect }) => mayBeTried(effect));
    const settled = await this.#keys.settle(
      this.#database,
      tried.map(({ command }) => command),
    );
    let at = 0;
    for (const step of portion) {
      const isDone = step === tried[at] && this.#isDone(step.effect, settled[at++]);
      if (!isDone) this.#skip(step.effect.name);
      if (step.effect.kind === 'write') this.#note(step.effect.keys, step.effect.name, isDone);
      else this.#noteWide(step.effect.name);
    }
  }

  #isDone(effect: Effect, result: PromiseSettledResult<Reply> | undefined): boolean {
    if (result?.status !== 'fulfilled') {
      const reason: unknown = result?.reason;
      if (!(reason instanceof Failure) || !REFUSALS.has(reason.kind)) throw this.#gone(reason);
      if (reason.kind === 'unknown-command') this.#unknown.add(effect.name);
      return false;
    }
    const { makes, isUndoneByZero } = traitsOf(effect.name);
    if (makes === 'all') return true;
    // Made of nothing: so it was, or what it was made of is not here.
    const isUnmade = effect.kind === 'write' && makes !== undefined && !this.#areSourcesCertain(effect);
    return !(isNothing(result.value) || (result.value === 0 && (isUndoneByZero === true || isUnmade)));
  }

  #skip(name: string): void {
    this.#skippedCount += 1;
    this.#skipped.add(name);
  }

  #note(keys: readonly Buffer[], name: string, isDone: boolean): void {
    const { makes } = traitsOf(name);
    const texts = keys.map((key) => keyText(this.#database, key));
    const were = texts.map((text) => this.#certain.has(text));
    const made = madeAt(makes, keys.length);
    const rest = were.every((was, at) => was || at === made);
    for (const [at, text] of texts.entries()) {
      const key = keys[at];
      if (key !== undefined) this.touched.set(text, { database: this.#database, key });
      const isCertain = makes === 'all' || (made === undefined || at === made ? rest : were[at] === true);
      if (isDone && isCertain) this.#certain.add(text);
      else this.#certain.delete(text);
    }
  }

  #areSourcesCertain({ name, keys }: Effect & { readonly kind: 'write' }): boolean {
    const made = madeAt(traitsOf(name).makes, keys.length);
    return keys.every((key, at) => at === made || this.#certain.has(keyText(this.#database, key)));
  }

  #noteWide(name: string): void {
    this.#everything ??= name;
    if (traitsOf(name).keepsCertainty !== true) this.#certain.clear();
  }

  #gone(reason: unknown): unknown {
    return reason instanceof Failure
      ? new RedishaError('RESCUE_FAILED', `the private server is gone: ${reason.message}`, { cause: reason })
      : reason;
  }
}

const mayBeTried = ({ kind, name }: Effect): boolean => {
  const { isHarmless, isOutgoing } = traitsOf(name);
  return kind === 'write' ? isOutgoing !== true : isHarmless === true;
};

/** The commands of the file have been carried out, as far as an empty server takes them. */
export const rehearse = async (keys: Keys, file: string, interpret: Interpreter): Promise<Rehearsal> => {
  const unreadable = (why: string, cause?: unknown): RedishaError =>
    new RedishaError('RESCUE_FAILED', `${file} cannot be read: ${why}`, { cause });
  const parser = new CommandParser(WHOLE);
  try {
    const { size } = await stat(file);
    const putOffMs = PUT_OFF_MS + (size / (1024 * 1024)) * PUT_OFF_MS_PER_MEBIBYTE;
    const rehearsal = new Rehearsal(keys, interpret, Date.now() + putOffMs);
    for await (const chunk of createReadStream(file, { highWaterMark: CHUNK_BYTES })) {
      await rehearsal.carryOut(parser.feed(chunk as Buffer));
    }
    if (!parser.isComplete) throw unreadable('it ends in the middle of a command');
    await rehearsal.end();
    return rehearsal;
  } catch (error) {
    if (error instanceof Failure) throw unreadable(error.message, error);
    const { code } = error as NodeJS.ErrnoException;
    throw error instanceof RedishaError || code === undefined ? error : unreadable(code, error);
  }
};
