/** Moments as people say them to `history`. All of them are in UTC, as the log and the journal have their times. */
import type { Moment } from '../core/history/chain.ts';
import { RedishaError } from '../errors.ts';

const SECOND_MS = 1000;
const MINUTE_MS = 60 * SECOND_MS;
const DAY_MS = 24 * 60 * MINUTE_MS;
const UNIT_MS: Readonly<Record<string, number>> = { s: SECOND_MS, m: MINUTE_MS, h: 60 * MINUTE_MS, d: DAY_MS };

/** In milliseconds, of a word that is a number and its unit (s, m, h or d) by the pattern; `undefined` where it is none. */
export const msOfLength = (pattern: RegExp, word: string): number | undefined => {
  const [, count, unit] = pattern.exec(word) ?? [];
  const unitMs = unit === undefined ? undefined : UNIT_MS[unit];
  return unitMs === undefined ? undefined : Number(count) * unitMs;
};

/** The time of day and, before it, the day. */
const TIME = /^(?:(\d{4}-\d\d-\d\d)(?:[T ]|$))?(?:(\d\d):(\d\d)(?::(\d\d)(?:\.(\d{3}))?)?)?Z?$/;
const AGO = /^(\d{1,6})(s|m|h|d)$/;
const ID = /^(\d{4})(\d\d)(\d\d)T(\d\d)(\d\d)(\d\d)(\d{3})Z$/;

/** When the change of this name began; `undefined` where that is no name of a change. */
export const beginOfChange = (id: string): number | undefined => {
  const [all, year, month, day, hour, minute, second, ms] = ID.exec(id) ?? [];
  if (all === undefined) return undefined;
  const at = Date.parse(
    `${String(year)}-${String(month)}-${String(day)}T${String(hour)}:${String(minute)}:${String(second)}.${String(ms)}Z`,
  );
  return Number.isNaN(at) ? undefined : at;
};

const dayOf = (ms: number): string => new Date(ms).toISOString().slice(0, 10);

/** A time of day is the last one that has been. A moment is as long as it was said: 03:12 is a minute. */
export const readMoment = (word: string, nowMs: number): Moment | undefined => {
  const named = beginOfChange(word);
  if (named !== undefined) return { fromMs: named, toMs: named };
  const [all, day, hour, minute, second, ms] = TIME.exec(word) ?? [];
  if (all === undefined || (day === undefined && hour === undefined)) return undefined;
  const clock = `T${hour ?? '00'}:${minute ?? '00'}:${second ?? '00'}.${ms ?? '000'}Z`;
  const today = Date.parse(`${day ?? dayOf(nowMs)}${clock}`);
  if (Number.isNaN(today)) return undefined;
  const fromMs = day === undefined && today > nowMs ? today - DAY_MS : today;
  const lengthMs = hour === undefined ? DAY_MS : second === undefined ? MINUTE_MS : ms === undefined ? SECOND_MS : 0;
  return { fromMs, toMs: fromMs + lengthMs };
};

/** `2h` ago, or since a moment. @throws {RedishaError} USAGE */
export const readSince = (word: string, nowMs: number): number => {
  const agoMs = msOfLength(AGO, word);
  if (agoMs !== undefined) return nowMs - agoMs;
  const moment = readMoment(word, nowMs);
  if (moment !== undefined) return moment.fromMs;
  throw new RedishaError('USAGE', `--since takes a length of time or a moment (UTC), not "${word}"`, {
    hint: 'redisha history --since 2h, --since 03:00, or --since 2026-11-30T03:00',
  });
};
