/** Everything that redisha has written on a node, for a test that looks for what must not be in there. */
import { readdirSync, readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import type { TestNode } from './node.ts';

const below = (dir: string): readonly string[] =>
  readdirSync(dir, { recursive: true, encoding: 'utf8' })
    .map((name) => join(dir, name))
    .filter((path) => statSync(path).isFile());

const LOOKS_MAX = 100;

const look = (node: TestNode, secret: string): readonly string[] =>
  below(node.dir)
    .filter((path) => !path.startsWith(join(node.dir, 'redis')))
    .filter((path) => path !== join(node.dir, 'redisha.toml') && path !== join(node.dir, 'password'))
    .filter((path) => readFileSync(path, 'latin1').includes(secret));

/**
 * The files in which `secret` stands, but for those of the test's own: the two configurations and what Redis writes. A repair may
 * be at work still, and a file be renamed between two looks at it: then all are looked at anew.
 */
export const filesWith = (node: TestNode, secret: string): readonly string[] => {
  for (let looks = 1; ; looks++) {
    try {
      return look(node, secret);
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== 'ENOENT' || looks === LOOKS_MAX) throw error;
    }
  }
};
