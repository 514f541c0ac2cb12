/** The cases of test/fixtures/streamed-commands.txt. */
import { readFileSync } from 'node:fs';
import type { Server } from '../../lib/server.ts';

type Version = readonly [major: number, minor: number];
type Words = readonly string[];

export interface Case {
  readonly name: string;
  /** The first versions that know all of it; `undefined` where every server does. */
  readonly since: Readonly<Partial<Record<Server['product'], Version>>> | undefined;
  /** What both servers have. */
  readonly before: readonly Words[];
  /** What only one of them takes. */
  readonly after: readonly Words[];
  /** Keys that are there for a moment only. */
  readonly passing: readonly string[];
}

const sinceOf = (text: string): NonNullable<Case['since']> =>
  Object.fromEntries(
    text.split(', ').map((one) => {
      const [product = '', version = ''] = one.split(' ');
      const [major = 0, minor = 0] = version.split('.').map(Number);
      return [product, [major, minor]];
    }),
  );

const caseOf = (text: string, at: number): Case => {
  const [head = '', ...lines] = text.split('\n').filter((line) => line !== '' && !line.startsWith('# '));
  const [name = '', versions] = head.split(': ');
  const words = (marks: string): readonly Words[] =>
    lines
      .filter((line) => marks.includes(line[0] ?? ''))
      .map((line) =>
        line
          .slice(2)
          .split(' ')
          .map((word) => word.replace(/^@/, `${String(at)}:`)),
      );
  return {
    name,
    since: versions === undefined ? undefined : sinceOf(versions),
    before: words('<'),
    after: words('>='),
    passing: words('=').map(([, key = '']) => key),
  };
};

const text = readFileSync(new URL('../../fixtures/streamed-commands.txt', import.meta.url), 'utf8');
export const CASES: readonly Case[] = text.split('\n\n').slice(1).map(caseOf);

/** The case that a key belongs to. */
export const caseOfKey = (key: string): string => CASES[Number.parseInt(key, 10)]?.name ?? 'none';

/** Whether the server knows what these versions were the first to know. A product that is not named does not. */
export const isKnownSince = (
  { product, version: [major, minor] }: Server,
  since: Readonly<Partial<Record<Server['product'], Version>>>,
): boolean => {
  const first = since[product];
  return first !== undefined && (major > first[0] || (major === first[0] && minor >= first[1]));
};

/** Whether this server knows what the case is about. */
export const isKnown = ({ since }: Case, server: Server): boolean => since === undefined || isKnownSince(server, since);
