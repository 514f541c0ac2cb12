/** What a statement says below one of its words; where a word stands twice, the last counts. */
import type { Statement } from './parse.ts';

export const children = (statements: readonly Statement[], keyword: string): readonly Statement[] =>
  statements.filter(({ words }) => words[0] === keyword);

export const last = (of: Statement, keyword: string): Statement | undefined => children(of.children, keyword).at(-1);

export const wordOf = (of: Statement, keyword: string): string | undefined => last(of, keyword)?.words[1];

export const wholeNumber = (word: string | undefined): number | undefined =>
  /^[+-]?\d+$/.test(word ?? '') ? Number(word) : undefined;

export const numberOf = (of: Statement, keyword: string): number | undefined => wholeNumber(wordOf(of, keyword));

export const secondsOf = (of: Statement, keyword: string): number | undefined => {
  const seconds = Number(wordOf(of, keyword) ?? Number.NaN);
  return Number.isFinite(seconds) && seconds >= 0 ? Math.round(seconds * 1_000) : undefined;
};
