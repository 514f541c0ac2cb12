/** A drill on real hosts: what it measures, what it leaves, and what is left when somebody ends it. */
import { readFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import { CLIENTS } from '../../src/core/drill/record.ts';
import { generated } from '../lib/generated.ts';
import { EXECUTABLE } from '../lib/implementation.ts';
import { oneAfterTheOther } from '../lib/kept.ts';
import { ADDRESS, type Node, type Pair, PORT } from '../lib/pair.ts';
import { waitFor } from '../lib/wait.ts';
import { hostsPossible, onPair } from './on-a-pair.ts';

interface Told {
  readonly isKept: boolean;
  readonly profile: string;
  readonly moves: readonly { readonly what: string }[];
  readonly clients: readonly {
    readonly client: string;
    readonly silences: readonly { readonly ms: number }[];
    readonly account?: Readonly<Record<string, number>>;
  }[];
  readonly pledges: readonly { readonly what: string; readonly isKept: boolean }[];
  readonly keysLeft: number;
}

const keysOn = ({ redis }: Node) => redis.ask('KEYS', 'redisha:drill:*');

/** There and back on the node that leads: what the clients were told is done is done, once. */
const plannedDrill = async (pair: Pair): Promise<void> => {
  const picture = '/var/lib/redisha/drill.svg';
  const args = ['drill', '--json', '--wait', '3', '--picture', picture];
  const { code, stdout, stderr } = await pair.redisha(pair.a, args, 120_000);
  expect(stderr).toBe('');
  const told = JSON.parse(stdout) as Told;
  expect(code).toBe(told.isKept ? 0 : 1);
  expect(told.isKept).toBe(told.pledges.every(({ isKept }) => isKept));
  expect(told).toMatchObject({ profile: 'fast', keysLeft: 0 });
  expect(told.moves.map(({ what }) => what)).toEqual([
    `the role moves to the peer, ${pair.b.host.address}:${String(PORT)}`,
    'the role moves to this node',
  ]);
  expect(told.clients.map(({ client }) => client)).toEqual(CLIENTS);
  const accountOf = (name: string) => told.clients.find(({ client }) => client === name)?.account;
  expect(accountOf('counters')).toMatchObject({ lost: 0, twice: 0 });
  expect(accountOf('transaction')).toMatchObject({ lost: 0, twice: 0 });
  expect(accountOf('keys')).toMatchObject({ lost: 0 });
  expect(accountOf('popper')).toMatchObject({ lost: 0, twice: 0 });
  for (const name of ['counters', 'transaction', 'keys']) expect(accountOf(name)?.['acknowledged']).toBeGreaterThan(50);
  for (const { client, silences } of told.clients) expect(silences, client).toHaveLength(2);
  expect(readFileSync(pair.a.host.file(picture), 'utf8')).toMatch(/^<svg [^]*<\/svg>\n$/);
  expect([await keysOn(pair.a), await keysOn(pair.b)]).toEqual([[], []]);
};

/** Only the master of this host is stopped or killed. */
const refusedDrill = async (pair: Pair): Promise<void> => {
  const args = ['drill', '--hard', 'kill', '--yes-i-mean', `${ADDRESS}:${String(PORT)}`];
  const stderr = expect.stringContaining('that is at the peer') as string;
  expect(await pair.redisha(pair.b, args)).toMatchObject({ code: 4, stdout: '', stderr });
};

/** Ctrl-C while the master is stopped. */
const interruptedDrill = async (pair: Pair): Promise<void> => {
  const name = `${ADDRESS}:${String(PORT)}`;
  const drill = await pair.a.host.spawn([EXECUTABLE, 'drill', '--hard', 'freeze', '--yes-i-mean', name]);
  await drill.said('the stop of the server', 40_000, (text) => text.includes('SIGSTOP'));
  await waitFor(
    'a server that answers nobody',
    { deadlineMs: 20_000 },
    () => drill.text,
    (text) => /probe: first error/.test(text.slice(text.indexOf('SIGSTOP'))),
  );
  drill.signal('SIGINT');
  await drill.ended;
  expect(drill.text).toMatch(/keys are removed[^]*interrupted by a signal/);
};

describe.runIf(hostsPossible)('drill', () => {
  test('counts what its clients see, and leaves nothing behind, also when somebody ends it', async () => {
    await onPair(
      async ({ pair }) => {
        await plannedDrill(pair);
        await refusedDrill(pair);
        await interruptedDrill(pair);
        const leader = await waitFor(
          'a pair in order',
          { deadlineMs: 60_000, everyMs: 200 },
          async () => {
            const done = await pair.redisha(pair.a, ['status']);
            return done.code === 0 ? done.stdout : `${String(done.code)}: ${done.stdout}`;
          },
          (text) => /^in order/m.test(text),
        );
        expect(leader).toContain('in order');
        expect([await keysOn(pair.a), await keysOn(pair.b)]).toEqual([[], []]);
      },
      { files: await generated('fast'), start: oneAfterTheOther },
    );
  });
});
