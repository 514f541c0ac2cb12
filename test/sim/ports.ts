/** What a process of the model is given of its host besides servers and files. */
import { NO_MARKS } from '../../src/core/marks.ts';
import type { Clock, Journal, JournalEntry, Log } from '../../src/app/ports.ts';
import type { Process } from './process.ts';

export const clockOf = (process: Process): Clock => {
  const { host } = process;
  const { engine, faults } = host.base;
  return {
    nowMs: () => (faults.readsWallClock === true ? host.servers[host.index].wallMs : engine.nowMs),
    wallIso: () => '2026-01-01T00:00:00.000Z',
    delay: (ms, signal) => process.sleep(ms + (host.base.config.lateMs ?? 0), signal),
    random: engine.random,
  };
};

const say = (process: Process, event: string, fields: Record<string, unknown> | undefined): void => {
  const { rule, why } = fields ?? {};
  if (event === 'plan') process.rule = Number(rule);
  process.note(() =>
    event === 'plan'
      ? `rule ${String(rule)}: ${String(why)}`
      : event === 'fit' || event === 'unfit'
        ? `${event === 'fit' ? 'fit' : 'UNFIT'} (${String(rule)}): ${String(why)}`
        : `${event} ${JSON.stringify(fields ?? {})}`,
  );
};

export const logOf = (process: Process): Log => {
  const line = (event: string, fields?: Record<string, unknown>): void => say(process, event, fields);
  return { debug: () => undefined, info: line, warn: line, error: line };
};

/** A rescue counts from the moment that the journal names it. */
export const journalOf = (process: Process): Journal => ({
  append: (entry: JournalEntry) =>
    process.now(() => {
      const { file } = entry;
      if (typeof file === 'string') process.host.rescues.name(file);
    }),
});

/** No person is told anything, drains a node or pauses one. */
export const NOBODY_SAYS = { tell: () => undefined, marks: () => NO_MARKS };
/** As its keepalived.conf would say: the first node of a pair that preempts begins as MASTER. */
export const isOutranked = ({ host }: Process): boolean => {
  const { preempt, resident } = host.base.config;
  return resident !== true && !(preempt && host.index === 0);
};
