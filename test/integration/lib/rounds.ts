/** What a test looks at after redisha has run: which rules fired, and what is in which file. */
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { TestNode } from './node.ts';

/** The rescues that a node has made, by name; the sidecars left out. */
export function rescuesOf(node: TestNode): readonly { readonly name: string; readonly path: string }[] {
  const dir = join(node.dir, 'state', String(node.port), 'rescue');
  if (!existsSync(dir)) return [];
  const names = readdirSync(dir).filter((name) => /\.(resp|rdb)$/.test(name));
  return names.toSorted().map((name) => ({ name, path: join(dir, name) }));
}

/** The commands in a rescue of a suffix, as text. */
export const rescuedText = (node: TestNode): string =>
  rescuesOf(node)
    .map(({ path }) => readFileSync(path, 'latin1'))
    .join('');

/** The keys, and what the node holds under them. */
export async function valuesOf(node: TestNode, keys: readonly string[]): Promise<Record<string, unknown>> {
  const values = await node.ask('MGET', ...keys);
  if (!Array.isArray(values)) throw new Error(`MGET on ${node.name}: ${String(values)}`);
  return Object.fromEntries(keys.map((key, at) => [key, values[at]]));
}
