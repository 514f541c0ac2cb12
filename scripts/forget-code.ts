/**
 * True afterwards: no function is compiled but those that run now; what is called again is compiled again. A snapshot is
 * read as a whole at every start, so that code which only ran to load the program, or Node, costs a little every time.
 *
 * V8 drops the bytecode of functions that nobody has called for some collections of garbage; with the flag, at the next.
 * Source: v8/src/flags/flag-definitions.h, stress_flush_code; v8/src/profiler/heap-profiler.cc: QueryObjects collects first.
 */
import { queryObjects, setFlagsFromString } from 'node:v8';

export const forgetCode = (): void => {
  setFlagsFromString('--stress-flush-code');
  // Twice: what only the code of others held on to goes with the second.
  for (let round = 0; round < 2; round++) queryObjects(WeakRef, { format: 'count' });
  setFlagsFromString('--no-stress-flush-code');
};
