/** An entry of the journal in words. */
import type { JournalRecord } from '../core/history/record.ts';
import { tellEntry } from '../core/history/words.ts';

/** One sentence for what the entry says. */
export const entryText = (entry: JournalRecord): string => tellEntry(entry).text;

/** `2026-08-13T10:15:00.000Z` with a blank in the middle. */
export const timeText = (at: string): string => at.replace('T', ' ');
