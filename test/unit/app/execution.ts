/** A command at work on two fake servers, on a clock that moves only when it waits. */
import type { Execution } from '../../../src/app/execution.ts';
import { nothingFelt } from '../../../src/app/felt.ts';
import { POLICY } from '../core/builders.ts';
import { recordingLog } from '../host/recording-log.ts';
import type { FakeNode } from './fake-node.ts';

const nobody = (): never => {
  throw new Error('nobody is asked outside the pair');
};

export const executionOf = (local: FakeNode, peer: FakeNode, onDelay: () => void): Execution => {
  let nowMs = 0;
  return {
    clock: {
      nowMs: () => nowMs,
      wallIso: () => '',
      delay: (ms) => {
        nowMs += ms;
        onDelay();
        return Promise.resolve();
      },
      random: () => 0,
    },
    log: recordingLog().log,
    journal: { append: () => Promise.resolve() },
    turn: {
      acquire: () => Promise.resolve('acquired' as const),
      release: () => Promise.resolve(),
      newer: () => Promise.resolve('nothing' as const),
    },
    eyes: {
      local,
      peer,
      interfaces: { addresses: () => [] },
      resolver: { resolve: () => Promise.resolve([]) },
      open: nobody,
    },
    policy: POLICY,
    signal: new AbortController().signal,
    wanted: () => Promise.resolve('master'),
    intent: 'master',
    felt: nothingFelt(),
  };
};
