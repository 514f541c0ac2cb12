/**
 * What a witness costs: a pair without one and a pair with one, each in its turn, on the same files otherwise. First what it costs
 * while nothing fails, then a move and each fault that a lease has to do with; in the end the witness alone is away, under load.
 */
import { generated, type ProfileName } from '../test/lib/generated.ts';
import { redisha } from '../test/lib/implementation.ts';
import { ADDRESS, DEVICE, type Pair, PORT } from '../test/lib/pair.ts';
import { RedisServer } from '../test/lib/redis.ts';
import type { Act } from '../test/lib/story.ts';
import { clockReaches, nowMs, waitFor } from '../test/lib/wait.ts';
import { ACTS, moved } from './acts.ts';
import { AddressRig } from './address-rig.ts';
import { costOf } from './cost.ts';
import { play, type Tell } from './play.ts';
import { inOrder, type Rig } from './rig.ts';
import { digits, type Sample } from './samples.ts';

export interface ThirdVoteOptions {
  readonly profile: ProfileName;
  /** For so long the witness is away. */
  readonly minutes: number;
}

const WITNESS = '192.168.72.60';
const SECTION = 'witness';
const COST_MS = 60_000;
const LEASE_DEADLINE_MS = 30_000;
const FAULTS = ['Redis killed', 'Redis frozen', 'host gone'];
const OTHERS = ['the old master returns with its data', 'the frozen Redis goes on', 'the host boots again'];

interface Voted {
  readonly rig: AddressRig;
  readonly witness: RedisServer | undefined;
}

const startWitness = async ({ world }: Pair): Promise<RedisServer> => {
  const host = await world.addHost('witness', WITNESS, DEVICE);
  const server = new RedisServer(host, { port: PORT, lines: ['save ""'] });
  await server.start();
  return server;
};

const create = async (profile: ProfileName, isVoted: boolean): Promise<Voted> => {
  const files = await generated(profile, undefined, isVoted ? ['--witness', `${WITNESS}:${PORT}`] : []);
  const rig = await AddressRig.create({ implementation: redisha, files, preempts: profile === 'article' });
  return { rig, witness: isVoted ? await startWitness(rig.pair) : undefined };
};

/** In order all the time, while `deed` goes on. */
const calm = (name: string, deed: () => Promise<void>): Act<Rig> => ({
  name,
  whole: true,
  settleMs: 0,
  async play({ pair, writer }) {
    const before = await inOrder(pair);
    await deed();
    const heard = Object.keys(writer.errors);
    if (heard.length > 0) throw new Error(`${name}: clients heard ${heard.join()}`);
    if ((await inOrder(pair)) !== before) throw new Error(`${name}: the role has moved`);
    return before;
  },
});

const away = ({ witness: server }: Voted, minutes: number): Act<Rig> =>
  calm(`the witness away for ${minutes} min`, async () => {
    const fromMs = nowMs();
    await server?.kill();
    await clockReaches(fromMs + minutes * 60_000);
    await server?.start();
  });

const isLeased = (server: RedisServer | undefined) => server?.ask('EXISTS', `redisha:licence:${ADDRESS}:${PORT}`);

/** It begins when nobody has a lease any more: a node that dies with one is waited for, which is another price. */
const unleased = (act: Act<Rig>, { witness: server }: Voted): Act<Rig> => ({
  ...act,
  async play(stage) {
    await waitFor(
      'no lease',
      { deadlineMs: LEASE_DEADLINE_MS },
      () => isLeased(server),
      (said) => said !== 1,
    );
    stage.mark();
    return act.play(stage);
  },
});

const costs = async ({ a, b }: AddressRig, column: string, tell: Tell): Promise<readonly Sample[]> =>
  Promise.all(
    ([['master', a] as const, ['replica', b] as const] as const).map(async ([what, node]) => {
      const cost = await costOf(node.keepalived, COST_MS);
      tell(`${column}: ${what}: ${digits(cost.cpuSPerHour)} s an hour, ${digits(cost.pssMeanMb)} MB`);
      return { section: SECTION, what: `cost on the ${what}`, column, figures: { ...cost } };
    }),
  );

export async function thirdVote({ profile, minutes }: ThirdVoteOptions, tell: Tell): Promise<readonly Sample[]> {
  const samples: Sample[] = [];
  for (const isVoted of [false, true]) {
    const column = isVoted ? `${profile}, witness` : profile;
    const voted = await create(profile, isVoted);
    const faults = ACTS.filter(({ name }) => FAULTS.includes(name) || OTHERS.includes(name));
    const acts = [
      calm('nothing', async () => void samples.push(...(await costs(voted.rig, column, tell)))),
      moved,
      ...faults.map((act) => (FAULTS.includes(act.name) ? unleased(act, voted) : act)),
      // The last: a witness that was started a moment ago may have forgotten a lease, and a node that takes one then waits.
      ...(isVoted ? [away(voted, minutes)] : []),
    ];
    samples.push(...(await play({ section: SECTION, column, acts, create: () => Promise.resolve(voted.rig), tell })));
  }
  return samples;
}
