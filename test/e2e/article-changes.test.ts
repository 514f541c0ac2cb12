/** The article's pair on redisha's executable, under the article's own files: changes of master while both Redises live. */
import { describe, expect, test } from 'vitest';
import { drained, keepalivedBack, keepalivedStopped, promotedByHand, resumed } from '../lib/acts.ts';
import type { Node } from '../lib/pair.ts';
import { runOk, type Finished } from '../lib/process.ts';
import { waitFor } from '../lib/wait.ts';
import { HANDOVER_MS, hostsPossible, KEEPALIVED_MS, onPair, SKEW_MS } from './on-a-pair.ts';

describe.runIf(hostsPossible)('the article: the master changes', () => {
  test('stopping keepalived on the master leaves one master and loses nothing, nor does starting it again', async () => {
    await onPair(async (story) => {
      const stopped = await story.act(keepalivedStopped);
      expect(stopped).toMatchObject({ missing: 0, vanished: 0, disorder: [] });
      expect(stopped.gapMs).toBeLessThanOrEqual(SKEW_MS + HANDOVER_MS);

      const back = await story.act(keepalivedBack);
      expect(back).toMatchObject({ missing: 0, vanished: 0, disorder: [] });
      expect(back.gapMs).toBeLessThanOrEqual(HANDOVER_MS);
    });
  });

  test('a promotion by hand and a drain lose nothing, and the address follows in keepalived’s own time', async () => {
    await onPair(async (story) => {
      const said: Finished[] = [];
      const account = await story.act(promotedByHand((finished) => said.push(finished)));
      expect(said).toMatchObject([{ code: 0 }]);
      expect(account).toMatchObject({ missing: 0, vanished: 0, disorder: [] });
      expect(account.gapMs).toBeLessThanOrEqual(KEEPALIVED_MS + HANDOVER_MS);

      const given = await story.act(drained((finished) => said.push(finished)));
      expect(said[1]).toMatchObject({ code: 0, stdout: expect.stringContaining('It is safe to stop') as string });
      expect(given).toMatchObject({ missing: 0, vanished: 0, disorder: [] });
      expect(given.gapMs).toBeLessThanOrEqual(KEEPALIVED_MS + HANDOVER_MS);
      const back = await story.act(resumed((finished) => said.push(finished)));
      expect(said[2]).toMatchObject({ code: 0, stdout: expect.stringContaining('the preferred node') as string });
      expect(back).toMatchObject({ missing: 0, vanished: 0, disorder: [] });
      expect(back.gapMs).toBeLessThanOrEqual(HANDOVER_MS);
    });
  });

  test('a node that can keep nothing for its state is no longer wrong about the address than one look', async () => {
    await onPair(async ({ pair }) => {
      const { a, b } = pair;
      const full = 'mount -t tmpfs -o size=64k none /var/lib/redisha; cat /dev/zero >/var/lib/redisha/filler || :';
      await runOk(a.host.enter(['sh', '-c', full]));
      for (const node of [b, a, b]) {
        const promoted = await pair.redisha(node, ['promote', '127.0.0.1', pair.other(node).host.address, '6379']);
        expect(promoted, promoted.stderr).toMatchObject({ code: 0 });
        await pair.settled(node, 15_000);
      }
      const status = async (node: Node, ...says: readonly RegExp[]): Promise<void> => {
        const words = ['status', '127.0.0.1', pair.other(node).host.address, '6379', '-o', 'connect_timeout=300ms'];
        const { code } = await waitFor(
          `status of ${node.host.name} to say ${says.map(String).join(', ')}`,
          { deadlineMs: 15_000 },
          () => pair.redisha(node, words),
          ({ stdout }) => says.every((each) => each.test(stdout)),
        );
        expect(code).toBe(1);
      };
      await status(a, /^address +192\.168\.72\.115 is at the peer$/m, /redisha.*: ENOSPC.*\n {2}next: df -h/);
      const history = await pair.redisha(b, ['history', '--last', '100', '-o', 'port=6379']);
      expect(history.stdout).toMatch(
        / verdict +unfit: .* \(rule 52\).*\n(.*\n)*.* address +the virtual address has left this host/,
      );
      expect(history.stdout).toMatch(/ vrrp +keepalived says MASTER/);
      const why = await pair.redisha(b, ['history', 'why', '-o', 'port=6379']);
      expect(why.stdout).toMatch(
        /^local became the master.*(\n.*)*\n.* promoted .*(\n.*)*\n +writes on peer waited for \d+ ms/,
      );

      await runOk(a.host.enter(['umount', '/var/lib/redisha']));
      for (const { keepalived } of [a, b]) await keepalived.kill();
      const gone = [
        /the address 192\.168\.72\.115 is nowhere: .*\n {2}next: systemctl start keepalived/,
        /keepalived does not run on this host.*\n {2}next: systemctl start keepalived/,
      ];
      await status(a, ...gone);
      await status(b, ...gone);

      await b.redis.stop();
      await b.redis.start(['bind 127.0.0.1']);
      await status(b, /does not listen at 192\.168\.72\.128:6379.*\n {2}next: .*CONFIG GET bind/);
      await status(a, /the peer cannot be read: it refuses .*\n {2}next: on 192\.168\.72\.128: .*\(bind\)/);
    });
  });
});
