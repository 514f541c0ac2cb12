/** Files of configuration as their readers want them: of this host, or of another one as somebody has handed them over. */
export interface TextFiles {
  /** Throws with the code of the kernel where it is not there, or may not be read. */
  readonly stat: (path: string) => { readonly isFile: boolean; readonly mode: number; readonly size: number };
  readonly read: (path: string) => string;
  /** Paths that match. */
  readonly list: (pattern: string) => readonly string[];
}
