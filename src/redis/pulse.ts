/** A cheap sign of life of a server. */
import type { Reply } from './connection.ts';

/** ROLE without the offsets. Source: redis/src/replication.c roleCommand. */
export const pulseOf = (reply: Reply): string | undefined => {
  if (!Array.isArray(reply)) return undefined;
  const [name, second, third, link] = reply as readonly Reply[];
  if (name === 'slave') return [name, second, third, link].join(' ');
  const replicas = Array.isArray(third) ? (third as readonly Reply[]) : [];
  return [name, ...replicas.map((replica) => (Array.isArray(replica) ? replica.slice(0, 2).join(':') : ''))].join(' ');
};
