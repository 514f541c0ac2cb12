/** A line for the person who waits, at once. */
export const tell = (line: string): void => {
  // Where that cannot be written, the result cannot either, and the end of the process tells that.
  if (process.stdout.listenerCount('error') === 0) process.stdout.on('error', () => undefined);
  process.stdout.write(`${line}\n`);
};
