/** `notify`: keepalived adds KIND, NAME, STATE and PRIORITY to the words of its `notify` line. */
import { changeAll } from '../change.ts';
import type { Exit } from '../exits.ts';
import type { NotifyOptions } from '../options.ts';
import { recordStop } from '../record.ts';
import type { Runtime } from '../runtime.ts';
import { parseVrrpState } from '../words.ts';

const COMMANDS = { MASTER: 'master', BACKUP: 'backup', FAULT: 'fault' } as const;

export const run = (runtime: Runtime, words: readonly string[], options: NotifyOptions): Promise<Exit> => {
  const pair = words.slice(0, 3);
  const vrrpState = parseVrrpState(words[5] ?? '');
  return vrrpState === 'STOP'
    ? recordStop(runtime, pair, options, 'notify')
    : changeAll(runtime, COMMANDS[vrrpState], pair, options, 'notify');
};
