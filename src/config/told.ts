/** The options of the configuration as the manual and the shells have them. */
import { KEYS, KEYS_OF_LINE, SCHEMA } from './schema.ts';

export interface KeyTold {
  readonly key: string;
  /** As one would write it; `undefined` where there is none. */
  readonly preset: string | undefined;
  readonly doc: string;
  /** Completes "needs ...". */
  readonly expects: string;
  /** `--option` may set it. */
  readonly isOfLine: boolean;
}

export const keysTold = (): readonly KeyTold[] => {
  const ofLine: ReadonlySet<string> = new Set(KEYS_OF_LINE);
  return KEYS.map((key) => {
    const { kind, default: preset, doc } = SCHEMA[key];
    return { key, preset, doc, expects: kind.expects, isOfLine: ofLine.has(key) };
  });
};
