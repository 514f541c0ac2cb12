/** What the jobs need of a library. Each is used as its own page shows it, with the options that it has when nobody sets any. */

export interface Place {
  readonly host: string;
  readonly port: number;
}

/** Told by the library of a connection that had worked. */
export type OnClosed = () => void;

/** One client object of the library. Each promise ends as the library ends it, or never. */
export interface LibraryClient {
  /** HINCRBY by 1. */
  increment(hash: string, field: string): Promise<unknown>;
  /** Two INCR in MULTI and EXEC. Rejects also where one of them failed. */
  transaction(key: string): Promise<unknown>;
  /** Two INCR in one packet. Rejects also where one of them failed. */
  pipeline(key: string): Promise<unknown>;
  subscribe(channel: string, hear: (text: string) => void): Promise<unknown>;
  /** BLPOP without an end. */
  pop(list: string): Promise<string | undefined>;
}

export interface Library {
  readonly title: string;
  connect(place: Place, onClosed: OnClosed): Promise<LibraryClient>;
}

/** The first error among the results of a pipeline is thrown. */
export function throwFirst(results: readonly unknown[]): void {
  const error = results.find((result) => result instanceof Error);
  if (error instanceof Error) throw error;
}
