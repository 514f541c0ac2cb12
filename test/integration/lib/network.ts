/** A network of its own for what this machine's loopback cannot show: addresses that are not 127.x, and IPv6. */
import { onTestFinished } from 'vitest';
import { apart, innermostPid, inside, SERVE, whyNoWorld } from '../../lib/namespaces.ts';
import { Running } from '../../lib/process.ts';
import type { Enter } from '../../lib/program.ts';

/** Why there can be no such network here, in a sentence; `undefined` when there can. */
export const whyNoNetwork = (): Promise<string | undefined> => whyNoWorld(['redis-server']);

/** A network where this machine has these addresses; gone after the test, with every process in it. */
export async function openNetwork(addresses: readonly string[]): Promise<Enter> {
  const lines = addresses.map((address) => `ip address add ${address} dev lo`);
  const keeper = new Running(
    apart(['sh', '-ec', ['ip link set lo up', ...lines, SERVE].join('\n')], { outermost: true }),
  );
  onTestFinished(() => keeper.stop('SIGKILL'));
  await keeper.said('the network', 10_000, (text) => text === 'ready');
  const pid = innermostPid(keeper.pid);
  return (argv) => inside(pid, ['net'], argv);
}
