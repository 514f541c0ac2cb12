/** A log that only remembers. */
import type { Log } from '../../../src/app/ports.ts';

type Line = readonly [level: string, event: string, fields: Record<string, unknown> | undefined];

export const recordingLog = (): { readonly log: Log; readonly lines: Line[] } => {
  const lines: Line[] = [];
  const say = (level: string) => (event: string, fields?: Record<string, unknown>) => {
    lines.push([level, event, fields]);
  };
  return { log: { debug: say('debug'), info: say('info'), warn: say('warn'), error: say('error') }, lines };
};
