/** Whom a check for reading asks. */
import { expect, test } from 'vitest';
import { checkReading } from '../../../src/app/reading.ts';
import type { Endpoint, NodeView } from '../../../src/core/model.ts';
import { LOCAL, master, PEER, replica, silent } from '../core/builders.ts';

const OF_PEER = replica({}, { endpoint: PEER });

test.each([
  ['a node that does not answer: nobody else', silent('refused'), master(), [LOCAL], false],
  ['a master: nobody else', master(), master(), [LOCAL], false],
  ['a replica: the master that it names', OF_PEER, master(), [LOCAL, PEER], true],
  ['a replica whose master does not answer', OF_PEER, silent('refused'), [LOCAL, PEER], true],
] as const)('%s', async (_name, node, upstream, asked, fit) => {
  const seen: Endpoint[] = [];
  const look = (endpoint: Endpoint): Promise<NodeView> => {
    seen.push(endpoint);
    return Promise.resolve(seen.length === 1 ? node : upstream);
  };
  const verdict = await checkReading({ look, lagMaxBytes: 50 }, LOCAL);
  expect([seen, verdict.fit]).toEqual([asked, fit]);
});
