/** The table that a soak ends with: one row for each kind of fault, and the sums. */
import type { Step } from './chapter.ts';

const print = (text: string) => process.stdout.write(`${text}\n`);

const HEAD = ['fault', 'survived', 'acked', 'lost', 'rescued', 'files', 'merged', 's without a write', 's to order'];

/** min / median / max, in seconds. */
function spread(timesMs: readonly number[]): string {
  const sorted = timesMs.toSorted((one, other) => one - other);
  const [least = 0] = sorted;
  const parts = [least, sorted[Math.floor(sorted.length / 2)] ?? 0, sorted.at(-1) ?? 0];
  return parts.map((timeMs) => (timeMs / 1000).toFixed(2)).join(' / ');
}

const sum = (steps: readonly Step[], of: (step: Step) => number): string =>
  String(steps.reduce((total, step) => total + of(step), 0));

function row(name: string, steps: readonly Step[]): readonly string[] {
  const survived = steps.filter(({ faults }) => faults.length === 0);
  return [
    name,
    `${survived.length} of ${steps.length}`,
    sum(steps, ({ acked }) => acked),
    sum(steps, ({ vanished }) => vanished),
    sum(steps, ({ rescued }) => rescued),
    sum(steps, ({ rescues }) => rescues),
    sum(steps, ({ merged }) => merged),
    survived.length === 0 ? '-' : spread(survived.map(({ gapMs }) => gapMs)),
    survived.length === 0 ? '-' : spread(survived.map(({ orderMs }) => orderMs)),
  ];
}

export function report(steps: readonly Step[]): void {
  const kinds = [...new Set(steps.map(({ kind }) => kind))].toSorted();
  const rows = kinds.map((kind) =>
    row(
      kind,
      steps.filter((step) => step.kind === kind),
    ),
  );
  const all = [HEAD, ...rows, row('all', steps)];
  const widths = HEAD.map((_, place) => Math.max(...all.map((cells) => cells[place]?.length ?? 0)));
  for (const [first = '', ...rest] of all) {
    print(
      `  ${first.padEnd(widths[0] ?? 0)}  ${rest.map((cell, at) => cell.padStart(widths[at + 1] ?? 0)).join('  ')}`,
    );
  }
}
