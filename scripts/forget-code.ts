/**
 * True afterwards: no function is compiled but those that run now; what is called again is compiled again. A snapshot is
 * read as a whole at every start, so that code which only ran to load the program, or Node, costs a little every time.
 *
 * V8 drops the bytecode of functions that nobody has called for some collections of garbage; with the flag, at the next.
 * Source: v8/src/flags/flag-definitions.h, stress_flush_code; v8/src/profiler/heap-profiler.cc: QueryObjects collects first.
 */
import { Buffer } from 'node:buffer';
import process from 'node:process';
import { queryObjects, setFlagsFromString } from 'node:v8';

export const forgetCode = (): void => {
  setFlagsFromString('--stress-flush-code');
  // Twice: what only the code of others held on to goes with the second.
  for (let round = 0; round < 2; round++) queryObjects(WeakRef, { format: 'count' });
  setFlagsFromString('--no-stress-flush-code');
};

interface BindingOfFiles {
  readonly statValues: Float64Array;
  readonly bigintStatValues: BigInt64Array;
}

/**
 * True afterwards: nothing that this machine has said lies in memory that Node uses again. It has what it read last in the
 * memory from which it takes buffers, and in the numbers of its last look at a file.
 * Source: node/lib/buffer.js, allocate(); node/src/node_file.h, BindingData.
 */
export const forgetHost = (): void => {
  // How far that memory is used says how much was read: so on to the next piece of it.
  const large = (Buffer.poolSize >>> 1) - 1;
  let next = Buffer.allocUnsafe(large);
  while (next.byteOffset !== 0) next = Buffer.allocUnsafe(large);
  new Uint8Array(next.buffer).fill(0);
  // The types of Node leave it out, since programs are not to use it: nothing else reaches these numbers.
  const { binding } = process as unknown as { binding: (name: string) => BindingOfFiles };
  const { statValues, bigintStatValues } = binding('fs');
  statValues.fill(0);
  bigintStatValues.fill(0n);
};
