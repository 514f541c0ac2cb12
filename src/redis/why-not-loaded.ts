/**
 * Why a server did not load an RDB file, by what it said before it ended.
 *
 * Source: redis/src/rdb.c rdbLoadRioWithLoadingCtx, rdbReportError, rdbReportModuleLoadError; each line was seen on Redis
 * 6.0.16, 7.0.15, 8.0.2, 8.6.3 and Valkey 8.0.1, 8.1.1, 9.1.2 with files that were cut, bent, of a newer version, or with a
 * value of a module. From 7.0 on a module's value is told as an internal error, and the exit code is 0 then.
 */
import { cleaned } from './cleaned.ts';

export type WhyNotLoaded =
  /** It does not read files of this version, or of this family. */
  | { readonly kind: 'version' }
  /** It reads the version, and not what is in it: a newer release of the same version may have written it. */
  | { readonly kind: 'content'; readonly words: string }
  | { readonly kind: 'module'; readonly module: string }
  | { readonly kind: 'memory' }
  | { readonly kind: 'damaged'; readonly words: string }
  | { readonly kind: 'unknown'; readonly words: string };

/** The first that matches counts: what comes later in this list is also said of what comes earlier. */
const LINES: readonly (readonly [RegExp, (part: string) => WhyNotLoaded])[] = [
  [/Can't handle RDB format version|Wrong signature trying to load DB/, () => ({ kind: 'version' })],
  [
    /RDB file contains (?:AUX )?module data I can't load: no matching module (?:type )?'(.*?)'/,
    (name) => ({ kind: 'module', module: name }),
  ],
  [
    /module data for the module type '(.*?)', that the responsible module is not able to load/,
    (type) => ({ kind: 'content', words: `a value of the type ${type}` }),
  ],
  [
    /Unknown RDB encoding type (\d+)|Can't handle foreign type or opcode (\d+)/,
    (type) => ({ kind: 'content', words: `a value of the type ${type}` }),
  ],
  [/Wrong RDB checksum/, () => ({ kind: 'damaged', words: 'its checksum is wrong' })],
  [/Unexpected EOF reading RDB file/, () => ({ kind: 'damaged', words: 'it ends too soon' })],
  [/Internal error in RDB reading offset \d+, function at \S+ -> (.*)/, (words) => ({ kind: 'damaged', words })],
  [/Out Of Memory|Cannot allocate memory/i, () => ({ kind: 'memory' })],
];

export const whyNotLoaded = (log: string): WhyNotLoaded => {
  for (const [line, meaning] of LINES) {
    const found = line.exec(log);
    if (found !== null) return meaning(cleaned(found.slice(1).find((part) => part !== undefined) ?? ''));
  }
  return { kind: 'unknown', words: cleaned(log.trim().split('\n').at(-1) ?? '') };
};
