/** Patterns of file names in files of anybody's making. */

export const WILD = /[*?[{]/;

/** Whoever looks through whole trees of directories, or expands braces in braces, comes to no end. */
export const isWide = (pattern: string): boolean =>
  pattern.includes('**') ||
  pattern.split('/').filter((part) => WILD.test(part)).length > 2 ||
  /(?:\{.*){4}/.test(pattern);
