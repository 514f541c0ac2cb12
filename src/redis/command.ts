/** One command of a replication stream, as the words that it has there. */

/** The name of the command, and its arguments. */
export type Command = readonly Buffer[];

/** Stands for a word that is too long to be kept: a value, most likely. No other word is this one. */
export const TOO_LONG = Buffer.alloc(0);
