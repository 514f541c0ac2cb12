/** Where redisha is cut, and how: what a test asks of cutter.ts. */
import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';

/**
 * redisha gets a signal; or the server with this pid is frozen; or the server at this address resets its connections to
 * redisha and takes no more from it, as when something between the two is reconfigured.
 */
export type Act =
  | { readonly signal: 'SIGKILL' | 'SIGTERM' }
  | { readonly freezes: number }
  | { readonly resets: string };

export interface Cut {
  /** The number of the step, from 1; 0 is none. */
  readonly at: number;
  /** Before the step is begun, when half of its bytes are written, or when it is done and its answer not yet heard. */
  readonly moment: 'before' | 'half' | 'after';
  readonly act: Act;
  /** The file in which each step is written down. */
  readonly trace: string;
}

const CUTTER = fileURLToPath(new URL('cutter.ts', import.meta.url));

/** The environment of a redisha, run from its sources, that is cut so. */
export const cutting = (cut: Cut): Readonly<Record<string, string>> => ({
  NODE_OPTIONS: `--import ${CUTTER}`,
  REDISHA_TEST_CUT: JSON.stringify(cut),
});

/** The steps that were begun, in order. */
export const stepsOf = ({ trace }: Pick<Cut, 'trace'>): readonly string[] => {
  try {
    return readFileSync(trace, 'utf8').split('\n').filter(Boolean);
  } catch {
    return [];
  }
};
