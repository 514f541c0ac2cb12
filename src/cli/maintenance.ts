/** What `drain`, `pause` and `resume` share: they are about a host, and so about every pair of it, unless somebody names one. */
import { RedishaError } from '../errors.ts';
import type { Exit } from './exits.ts';
import { exitOfAll, exitOfError } from './exits.ts';
import { pairsMeant } from './meant.ts';
import type { ReadOptions } from './options.ts';
import type { PeoplesRuntime } from './runtime.ts';
import type { PairWords } from './words.ts';

export const pairsOfHost = (
  runtime: PeoplesRuntime,
  words: readonly string[],
  command: string,
  options: ReadOptions,
): Promise<readonly PairWords[]> =>
  words.length === 0 ? runtime.knownPairs(command, options) : pairsMeant(runtime, words, command, options);

/** One pair after the other is asked, and what one of them cannot do keeps none of the others from it. */
export const forEach = async (
  pairs: readonly PairWords[],
  json: boolean,
  act: (pair: PairWords) => Promise<Exit>,
): Promise<Exit> =>
  exitOfAll(
    await Promise.all(
      pairs.map(async (pair) => {
        try {
          return await act(pair);
        } catch (error) {
          return exitOfError(error, json);
        }
      }),
    ),
  );

/** `name`, or `name:PORT` where the command is for several. */
export const labelOf = (command: string, { port, isOneOfSeveral }: PairWords): string =>
  isOneOfSeveral === true ? `${command}:${String(port)}` : command;

const LENGTH_MAX = 200;

/** What a person gives as the reason: one line, that a terminal can show. @throws {RedishaError} USAGE */
export const reasonIn = (text: string | undefined, command: string): string | undefined => {
  const reason = text?.trim();
  if (reason === undefined) return undefined;
  if (reason !== '' && reason.length <= LENGTH_MAX && !/\p{C}/u.test(reason)) return reason;
  throw new RedishaError('USAGE', `--reason takes one line of 1 to ${String(LENGTH_MAX)} characters`, {
    hint: `redisha ${command} --help`,
  });
};
