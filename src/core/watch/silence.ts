/**
 * Is a server that has not answered yet dead, or only slow? A pure reducer over what the resident sees.
 *
 * A false alarm is worse than a slow one. What counts is how long the server has been silent while we were awake to hear
 * it, and what the kernel says of its process meanwhile: a stopped process will not answer, one that runs or waits for the
 * disk is at work on something long.
 */

/** What /proc says of a process: `busy` runs, is runnable or waits for a device. */
export type ProcessState = 'stopped' | 'busy' | 'asleep' | 'unknown';

export interface SilencePolicy {
  /** How often the watcher looks; a gap longer than two of these was our own sleep, not the server's silence. */
  readonly tickMs: number;
  /** Silence after which a stopped process is dead. */
  readonly stoppedMs: number;
  /** Silence after which a server is dead of which nothing else is known. */
  readonly silentMs: number;
  /** Silence after which even a process at work is dead. */
  readonly busyMs: number;
}

export type SilenceEvent =
  | { readonly kind: 'asked' | 'answered'; readonly atMs: number }
  | {
      readonly kind: 'tick';
      readonly atMs: number;
      readonly server: ProcessState;
      readonly policy: SilencePolicy;
    };

export interface Silence {
  readonly verdict: 'alive' | 'silent';
  /** Whether an answer is owed. */
  readonly waiting: boolean;
  readonly lastMs: number;
  /** Silence that we were awake for. */
  readonly unheardMs: number;
  /** Of that, what has passed since the process was last seen at work. */
  readonly quietMs: number;
}

export const heardAt = (atMs: number): Silence => ({
  verdict: 'alive',
  waiting: false,
  lastMs: atMs,
  unheardMs: 0,
  quietMs: 0,
});

const limitOf = (server: ProcessState, policy: SilencePolicy): number =>
  server === 'stopped' ? policy.stoppedMs : policy.silentMs;

export const reduceSilence = (state: Silence, event: SilenceEvent): Silence => {
  const { atMs } = event;
  switch (event.kind) {
    case 'asked':
      return { ...state, waiting: true, lastMs: atMs, unheardMs: 0, quietMs: 0 };
    case 'answered':
      return { verdict: 'alive', waiting: false, lastMs: atMs, unheardMs: 0, quietMs: 0 };
    case 'tick': {
      const { policy } = event;
      if (!state.waiting) return { ...state, lastMs: atMs };
      const heardNothingMs = Math.min(Math.max(0, atMs - state.lastMs), 2 * policy.tickMs);
      const unheardMs = state.unheardMs + heardNothingMs;
      const quietMs = event.server === 'busy' ? 0 : state.quietMs + heardNothingMs;
      const dead = unheardMs >= policy.busyMs || (event.server !== 'busy' && quietMs >= limitOf(event.server, policy));
      return { ...state, verdict: dead ? 'silent' : state.verdict, lastMs: atMs, unheardMs, quietMs };
    }
  }
};
