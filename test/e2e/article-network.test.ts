/** The article's pair on redisha's executable, under the article's own files: hosts that vanish, networks that break. */
import { writeFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import { hostGone, hostReturns, partitioned } from '../lib/acts.ts';
import { ADDRESS, A, DEVICE, PORT } from '../lib/pair.ts';
import type { Host } from '../lib/host.ts';
import { EXECUTABLE } from '../lib/implementation.ts';
import { waitFor } from '../lib/wait.ts';
import { HANDOVER_MS, hostsPossible, onPair, SILENCE_MS } from './on-a-pair.ts';

/** A keepalived that is about to give way says it in the same way: the question of a host that has the address. */
const LATE_WORD = `
import { execFileSync } from 'node:child_process';
const { tellNeighbours } = await import(${JSON.stringify(new URL('../../src/host/neighbours.ts', import.meta.url).href)});
const ip = (verb) => execFileSync('ip', ['address', verb, '${ADDRESS}/32', 'dev', '${DEVICE}']);
ip('add');
const why = await tellNeighbours('${ADDRESS}');
ip('delete');
if (why !== undefined) throw new Error(why);
`;

describe.runIf(hostsPossible)('the article: hosts and networks', () => {
  test('a host without power costs keepalived’s own time; when it boots, it gives the pair no older data', async () => {
    await onPair(async (story) => {
      const gone = await story.act(hostGone);
      expect(gone).toMatchObject({ vanished: 0, disorder: [] });
      expect(gone.gapMs).toBeLessThanOrEqual(SILENCE_MS + HANDOVER_MS);

      const returned = await story.act(hostReturns);
      expect(returned).toMatchObject({ vanished: 0, disorder: [] });
      expect(returned.gapMs).toBeLessThanOrEqual(HANDOVER_MS);
    });
  });

  test('a cut-off master that comes back overwrites nothing, and is found at its address at once', async () => {
    await onPair(async (story) => {
      const healed = await story.act(partitioned);
      expect(healed).toMatchObject({ missing: 0, vanished: 0, disorder: [] });
      expect(healed.gapMs).toBeLessThanOrEqual(SILENCE_MS + HANDOVER_MS);
    });
  });

  test('the node that gives way may announce the address last: the network is told once more', async () => {
    await onPair(
      async ({ pair: { a, b, client } }) => {
        const cardOf = async (): Promise<string> => (await client.run(['ip', 'neighbour', 'show', ADDRESS])).stdout;
        const knows = async (host: Host): Promise<void> => {
          const { stdout } = await host.run(['ip', 'link', 'show', DEVICE]);
          const card = /link\/ether (\S+)/.exec(stdout)?.[1] ?? stdout;
          await waitFor(`the client to look for the address at ${host.name}`, { deadlineMs: 20_000 }, cardOf, (told) =>
            told.includes(card),
          );
        };
        await client.run(['redis-cli', '-h', ADDRESS, 'PING']);
        writeFileSync(a.host.file('/etc/redisha/redisha.toml'), `vip = "${ADDRESS}"\n`, { mode: 0o600 });
        await a.host.spawn([EXECUTABLE, 'master', '--heal', A, b.host.address, String(PORT)]);
        await knows(a.host);
        await waitFor(
          'the end of the first telling',
          { deadlineMs: 20_000 },
          async () => (await a.host.run(['ip', 'neighbour', 'show', 'nud', 'failed'])).stdout,
          (failed) => failed !== '',
        );
        await b.host.run([process.execPath, '--input-type=module', '--eval', LATE_WORD]);
        await knows(b.host);
        await expect(knows(a.host)).resolves.toBeUndefined();
      },
      { start: (pair) => pair.startByHand() },
    );
  });
});
