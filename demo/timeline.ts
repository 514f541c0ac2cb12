/** What the audience sees: one line per event, with the time since the curtain rose. */
import type { RedisServer } from '../test/lib/redis.ts';
import { nowMs } from '../test/lib/wait.ts';
import type { Writer } from '../test/lib/writer.ts';

const WATCH_MS = 40;
const STATUS_MS = 1_000;

/** How a watched thing is called, and how it looks now. */
export interface Watched {
  readonly what: string;
  readonly look: () => string | Promise<string>;
}

export class Timeline {
  readonly #startMs = nowMs();
  #watching: NodeJS.Timeout | undefined;
  #status: NodeJS.Timeout | undefined;

  say(text: string): void {
    const seconds = ((nowMs() - this.#startMs) / 1000).toFixed(1).padStart(6);
    process.stdout.write(`${seconds} s  ${text}\n`);
  }

  scene(text: string): void {
    process.stdout.write('\n');
    this.say(`== ${text}`);
  }

  /** Says every change of what is watched, once, with what it was before. */
  watch(things: readonly Watched[]): void {
    const before = new Map<string, string>();
    let looking = false;
    const look = async () => {
      for (const { what, look: see } of things) {
        const now = await Promise.resolve(see()).catch(() => 'no answer');
        const was = before.get(what);
        before.set(what, now);
        if (was !== undefined && was !== now) this.say(`   ${what}: ${was} -> ${now}`);
      }
    };
    this.#watching = setInterval(() => {
      if (looking) return;
      looking = true;
      void look().finally(() => (looking = false));
    }, WATCH_MS);
  }

  /** Says once a second how the writes go, while that changes. */
  follow(writer: Writer): void {
    let acked = writer.acked;
    let said = '';
    this.#status = setInterval(() => {
      const rate = writer.acked - acked;
      acked = writer.acked;
      const text = rate === 0 ? 'no write gets through' : 'writes flow';
      if (text !== said) this.say(`   client: ${text} (${rate}/s, ${acked} acknowledged so far)`);
      said = text;
    }, STATUS_MS);
  }

  end(): void {
    clearInterval(this.#watching);
    clearInterval(this.#status);
  }
}

/** The longest stretch without an acknowledged write, by what happened. */
export type Gaps = readonly (readonly [what: string, gapMs: number])[];

export interface Summary {
  readonly acked: number;
  readonly gaps: Gaps;
  readonly missing: number;
  readonly vanished: number;
  readonly disorder: readonly string[];
}

function stretch(ms: number): string {
  return ms < 20 ? 'under 20 ms' : `${(ms / 1000).toFixed(2)} s`;
}

/** What a Redis is, in the words of the audience. */
export async function roleOf(redis: RedisServer): Promise<string> {
  if (!redis.running) return 'not running';
  const view = await redis.view();
  return view.role === 'master' ? 'master' : `replica, ${view.linkUp ? 'in sync' : 'not in sync'}`;
}

/** The last word. Returns whether nothing was lost and everything is in order. */
export function summarise(summary: Summary): boolean {
  const { acked, gaps, missing, vanished, disorder } = summary;
  const rescued = missing - vanished;
  const rows = [
    ['acknowledged writes', String(acked)],
    ...gaps.map(([what, gapMs]) => [`longest stretch without a write: ${what}`, stretch(gapMs)]),
    ['acknowledged writes lost', `${vanished}${rescued > 0 ? ` (and ${rescued} kept in rescue files)` : ''}`],
    ['the pair at the end', disorder.length === 0 ? 'in order' : disorder.join('; ')],
  ];
  process.stdout.write('\n');
  for (const [name = '', value] of rows) process.stdout.write(`  ${name.padEnd(50)} ${value}\n`);
  const good = vanished === 0 && disorder.length === 0;
  process.stdout.write(good ? '\nNothing was lost.\n' : '\nThis should not have happened.\n');
  return good;
}
