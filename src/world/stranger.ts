/** One of the nodes, spoken to as a replica would speak to it: without our credentials. */
import type { Credentials } from '../app/explain-link.ts';
import { explainLink } from '../app/explain-link.ts';
import type { RedisNode } from '../app/ports.ts';
import type { PairWords } from '../cli/words.ts';
import type { Deadlines } from '../config/deadlines.ts';
import type { Settings } from '../config/settings.ts';
import type { LinkCause } from '../core/link-cause.ts';
import type { Endpoint, Side } from '../core/model.ts';
import { within } from '../host/deadline.ts';
import { openResolver, systemInterfaces } from '../host/network.ts';
import { openNode } from '../redis/node.ts';
import { connectionTo } from './settings.ts';

/** Nobody waits long to be told why. */
const strangerDeadlines = ({ connection, policy }: Settings): Deadlines => ({
  connectTimeoutMs: connection.connectTimeoutMs,
  commandTimeoutMs: Math.min(connection.commandTimeoutMs, policy.frozenTimeoutMs),
});

export const strangerAt = (
  settings: Settings,
  { local, peer, port }: PairWords,
  side: Side,
  shown?: Credentials,
): RedisNode => {
  const endpoint = side === 'local' ? { host: local, port } : { host: peer, port: settings.connection.peerPort };
  const { username, password } = shown ?? { username: undefined, password: undefined };
  return openNode({ ...connectionTo(settings, endpoint, strangerDeadlines(settings)), username, password });
};

/** A check has answered by then, and keepalived waits no longer than a second or two for it. */
const EXPLAIN_MS = 300;

/** Why the local replica's link is down, as far as that is seen at once. */
export const explainLocal = async (settings: Settings, pair: PairWords): Promise<LinkCause | undefined> => {
  const open = (endpoint: Endpoint): RedisNode =>
    openNode(connectionTo(settings, endpoint, { connectTimeoutMs: EXPLAIN_MS, commandTimeoutMs: EXPLAIN_MS }));
  const eyes = {
    local: open({ host: pair.local, port: pair.port }),
    peer: open({ host: pair.peer, port: settings.connection.peerPort }),
    interfaces: systemInterfaces,
    resolver: openResolver(EXPLAIN_MS),
    open,
  };
  const asked = explainLink({ eyes, stranger: (side, shown) => strangerAt(settings, pair, side, shown) }, 'local');
  const found = await within(EXPLAIN_MS, asked, undefined);
  eyes.local.close();
  eyes.peer.close();
  return found;
};
