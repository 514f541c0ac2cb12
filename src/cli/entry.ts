/** An entry of the journal in words. */
import type { JournalRecord } from '../app/ports/rescues.ts';
import type { Step } from '../core/steps.ts';
import { describeStep } from '../core/steps.ts';

const DETAILS_MAX = 300;
/** What every entry has, and what only a program reads. */
const UNTOLD = new Set(['at', 'pid', 'event', 'version', 'seen', 'localBefore']);

const text = (value: unknown): string =>
  typeof value === 'string' ? value : value === undefined ? '' : JSON.stringify(value);

/** An entry of another version may have a step that this one does not know. */
const stepText = (step: unknown): string => {
  try {
    return describeStep(step as Step);
  } catch {
    return text(step);
  }
};

const rest = (entry: JournalRecord): string => {
  const said = Object.entries(entry).filter(([name, value]) => !UNTOLD.has(name) && value !== undefined);
  const all = said.map(([name, value]) => `${name}=${text(value)}`).join(' ');
  return all.length > DETAILS_MAX ? `${all.slice(0, DETAILS_MAX)}…` : all;
};

/** One sentence for what the entry says. */
export const entryText = (entry: JournalRecord): string => {
  const { event, intent, rule, situation, why, step, tookMs, result, message } = entry;
  switch (event) {
    case 'plan':
      return `${text(intent)}: rule ${text(rule)}, ${text(situation)}: ${text(why)}`;
    case 'step':
      return `${stepText(step)} (${text(tookMs)} ms)`;
    case 'end': {
      const fired = rule === undefined ? '' : `rule ${text(rule)}, `;
      return `${text(intent)}: ${text(result)}: ${text(message)} (${fired}${text(tookMs)} ms)`;
    }
    default:
      return rest(entry);
  }
};

/** `2026-08-13T10:15:00.000Z` with a blank in the middle. */
export const timeText = (at: string): string => at.replace('T', ' ');
