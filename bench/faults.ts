/** The same faults for everybody, in the same run: each column has a pair of its own in each round. */
import { redisha, scripts } from '../test/lib/implementation.ts';
import { fetchedServer, serverOf } from '../test/lib/server.ts';
import type { Act } from '../test/lib/story.ts';
import { ACTS, killed, moved } from './acts.ts';
import { type AddressRig, onArticleFiles, onFastWithWitness, onProfile } from './address-rig.ts';
import { play, type Tell } from './play.ts';
import { VALKEY } from './report.ts';
import type { Rig } from './rig.ts';
import type { Sample } from './samples.ts';
import { SentinelRig } from './sentinel-rig.ts';

export interface Column<R extends Rig = Rig> {
  readonly name: string;
  readonly create: () => Promise<R>;
  readonly acts: readonly Act<Rig>[];
}

/** Where the role stays it is moved by hand whenever it has to go back; where it does not, it is moved once. */
const WITH_MOVE = ACTS.flatMap((act, place) => (place === ACTS.indexOf(killed) + 1 ? [act, moved] : [act]));

const PROFILES = ['article', 'balanced', 'fast'] as const;

/** Those that keepalived decides for, and calls checks of. */
export const CHECKED: readonly Column<AddressRig>[] = [
  { name: 'scripts', create: () => onArticleFiles(scripts), acts: ACTS },
  { name: 'in place', create: () => onArticleFiles(redisha), acts: WITH_MOVE },
  ...PROFILES.map((name) => ({
    name,
    create: () => onProfile(name),
    acts: name === 'article' ? WITH_MOVE : ACTS,
  })),
];

export const COLUMNS: readonly Column[] = [
  ...CHECKED,
  { name: 'witness', create: onFastWithWitness, acts: ACTS },
  {
    name: 'sentinel',
    create: () => SentinelRig.create({ server: serverOf('a'), isCoordinated: false }),
    acts: ACTS,
  },
  {
    name: 'valkey sentinel',
    create: () => SentinelRig.create({ server: fetchedServer(VALKEY), isCoordinated: true }),
    acts: ACTS,
  },
];

export interface FaultsOptions {
  readonly columns: readonly Column[];
  /** How many pairs live at once: more than the machine has time for would measure each other. */
  readonly atOnce: number;
}

/** One round of every fault on every column. */
export async function faults({ columns, atOnce }: FaultsOptions, tell: Tell): Promise<readonly Sample[]> {
  const found = columns.map((): readonly Sample[] => []);
  const left = columns.entries();
  const work = async (): Promise<void> => {
    for (const [place, { name, create, acts }] of left) {
      found[place] = await play({ section: 'faults', column: name, acts, create, tell });
    }
  };
  await Promise.all(Array.from({ length: atOnce }, work));
  return found.flat();
}
