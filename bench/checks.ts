/** What the checks cost a host with one pair that is in order: processor time and memory. */
import type { AddressRig } from './address-rig.ts';
import { costOf } from './cost.ts';
import type { Column } from './faults.ts';
import type { Tell } from './play.ts';
import { digits, type Sample } from './samples.ts';

const FOR_MS = 60_000;

/** All columns at once: they hardly disturb each other, and what else the machine does falls on all of them. */
export async function checks(columns: readonly Column<AddressRig>[], tell: Tell): Promise<readonly Sample[]> {
  const rigs: { name: string; rig: AddressRig }[] = [];
  try {
    for (const { name, create } of columns) rigs.push({ name, rig: await create() });
    await Promise.all(rigs.map(({ rig }) => rig.start()));
    const found = await Promise.all(
      rigs.flatMap(({ name, rig }) =>
        ([['master', rig.a] as const, ['replica', rig.b] as const] as const).map(async ([what, node]) => {
          const cost = await costOf(node.keepalived, FOR_MS);
          tell(`${name}: ${what}: ${digits(cost.cpuSPerHour)} s an hour, ${digits(cost.pssMeanMb)} MB`);
          return { section: 'checks', what: `on the ${what}`, column: name, figures: { ...cost } };
        }),
      ),
    );
    return found;
  } finally {
    for (const { rig } of rigs) await rig.close();
  }
}
