/** What the hosts of a pair can tell afterwards: their journals, their rescue files, their last words. */
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { basename } from 'node:path';
import type { Node, Pair } from '../test/lib/pair.ts';

const STATE_DIR = '/var/lib/redisha/6379';

interface JournalLine {
  readonly event: string;
  readonly file?: string;
  readonly commands?: number;
}

export interface Evidence {
  /** Writes that were replayed on the other side. */
  readonly merged: number;
  /** How often something was rescued, by the journals. */
  readonly rescues: number;
  /** The most rescue files that one host has. */
  readonly filesMax: number;
  /** Rescue files that the journal of their host does not name. */
  readonly unnamed: readonly string[];
}

function journalOf({ host }: Node): readonly JournalLine[] {
  const files = [`${STATE_DIR}/journal.jsonl.1`, `${STATE_DIR}/journal.jsonl`].map((path) => host.file(path));
  const lines = files.filter((file) => existsSync(file)).flatMap((file) => readFileSync(file, 'utf8').split('\n'));
  return lines.flatMap((line) => {
    try {
      return [JSON.parse(line) as JournalLine];
    } catch {
      // A host without power may cut its last line short.
      return [];
    }
  });
}

function rescuesOf({ host }: Node): readonly string[] {
  const dir = host.file(`${STATE_DIR}/rescue`);
  if (!existsSync(dir)) return [];
  return readdirSync(dir).filter((name) => !name.endsWith('.part') && !name.endsWith('.json'));
}

export function evidenceOf(pair: Pair): Evidence {
  let merged = 0;
  let rescues = 0;
  let filesMax = 0;
  const unnamed: string[] = [];
  for (const node of [pair.a, pair.b]) {
    const journal = journalOf(node);
    const named = new Set<string>();
    for (const { event, file = '', commands = 0 } of journal) {
      if (event === 'rescued') {
        named.add(basename(file));
        rescues += 1;
      }
      if (event === 'merged') merged += commands;
    }
    const files = rescuesOf(node);
    filesMax = Math.max(filesMax, files.length);
    for (const file of files) if (!named.has(file)) unnamed.push(`${node.host.name}: ${file}`);
  }
  return { merged, rescues, filesMax, unnamed };
}

async function nodeWords({ host, keepalived, redis }: Node): Promise<string> {
  const { name } = host;
  if (!host.up) return `--- ${name}: down`;
  const log = await host.run(['tail', '-n', '60', '/var/log/redisha/redisha.log']);
  const vrrp = keepalived.log.split('\n').filter((line) => /STATE|Script|VRRP_Script|priority 0/.test(line));
  return [
    `--- ${name}: redisha.log`,
    log.stdout || log.stderr,
    `--- ${name}: keepalived`,
    ...vrrp.slice(-20),
    `--- ${name}: redis-server`,
    ...redis.log.split('\n').slice(-25),
  ].join('\n');
}

/** What a failure has to show: the last log lines of both hosts. */
export async function lastWords(pair: Pair): Promise<string> {
  const parts = await Promise.all([pair.a, pair.b].map((node) => nodeWords(node).catch(String)));
  return parts.join('\n');
}
