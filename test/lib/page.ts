/** What a document tells an operator to type: the blocks of a section, each with the host that is named before it. */
import { readFileSync } from 'node:fs';
import { resolve } from 'node:path';

export interface Block {
  /** As it stands in bold letters before the block: `On the standby`. */
  readonly where: string;
  readonly text: string;
}

export const sectionOf = (page: string, heading: string): string => {
  const text = readFileSync(resolve(import.meta.dirname, '../../docs', page), 'utf8');
  const [, behind] = text.split(`\n## ${heading}\n`);
  if (behind === undefined) throw new Error(`${page} has no section "${heading}"`);
  return behind.split('\n## ')[0] ?? '';
};

/** In an item of a list a block stands three columns further to the right. */
const BLOCK = /(?<=\n\n)(?:(?: {4}| {7})\S.*\n)+/g;

export const blocksOf = (page: string, heading: string): readonly Block[] => {
  const section = sectionOf(page, heading);
  return [...section.matchAll(BLOCK)].map(({ 0: lines, index }) => ({
    where: [...section.slice(0, index).matchAll(/\*\*(On [^*]+)\*\*/g)].at(-1)?.[1] ?? '',
    text: lines.replaceAll(/^ +/gm, ''),
  }));
};

/** What `redisha config` has printed for the node. Nothing is copied between two hosts that share a disk. */
export const printedFor = (printed: string, address: string): readonly string[] =>
  (printed.split(`As root on ${address}`)[1] ?? '')
    .split('\n\n')[0]
    ?.split('\n')
    .slice(1)
    .map((line) => line.trim())
    .filter((line) => line !== '' && !line.startsWith('scp ')) ?? [];
