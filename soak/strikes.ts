/** What can be done to one node of a pair, each with what undoes it. */
import { rmSync } from 'node:fs';
import { type Node, PORT } from '../test/lib/pair.ts';
import { waitFor } from '../test/lib/wait.ts';

/** Changes something on `node`, or between the two, and gives what undoes it. */
export type Strike = (node: Node, other: Node) => Promise<() => Promise<void>>;

/** How long a connection may say nothing while the fault lasts. */
const QUIET_MS = 120_000;
const UNDO = { deadlineMs: 30_000, everyMs: 20 };

/** The disk of the node has no dataset any more. */
export const loseDisk = ({ host }: Node): void => rmSync(host.file('/var/lib/redis/dump.rdb'), { force: true });

export const saved = ({ redis }: Node): Promise<unknown> =>
  waitFor(
    'the dump',
    { deadlineMs: 10_000 },
    async () => String(await redis.ask('SAVE')),
    (reply) => reply === 'OK',
  );

export const redisKilled: Strike = async ({ redis }) => {
  await redis.kill();
  return () => redis.start();
};

export const redisFrozen: Strike = async ({ redis }) => {
  redis.freeze();
  return () => Promise.resolve(redis.thaw());
};

/** It comes back with what it had, but loads a thousand keys a second until the fault is over. */
export const redisLoading: Strike = async (node) => {
  await saved(node);
  await node.redis.kill();
  await node.redis.start([...node.redis.conf, 'key-load-delay 1000', 'loading-process-events-interval-bytes 1024']);
  return async () => {
    await node.redis.ask('CONFIG', 'SET', 'key-load-delay', 0);
  };
};

/** The parameter has another value; what asks for the old one back was connected before, since new ones may be shut out. */
const configured =
  (parameter: string, value: string | number): Strike =>
  async ({ redis }) => {
    const before = (await redis.config(parameter)).get(parameter) ?? '';
    const connection = redis.connect(QUIET_MS);
    const set = async (to: string | number) => {
      const reply = await connection.send('CONFIG', 'SET', parameter, to);
      if (reply !== 'OK') throw new Error(`CONFIG SET ${parameter}: ${String(reply)}`);
    };
    await set(value);
    return async () => {
      await set(before);
      connection.close();
    };
  };

export const passwordChanged = configured('requirepass', 'changed');
export const connectionsUsedUp = configured('maxclients', 1);
export const memoryFull = configured('maxmemory', 1_000_000);

/** A script that never ends answers everybody with BUSY after a tenth of a second. */
export const scriptRuns: Strike = async ({ redis }) => {
  await redis.ask('CONFIG', 'SET', 'busy-reply-threshold', 100);
  const connection = redis.connect(QUIET_MS);
  connection.send('EVAL', 'while true do end', 0).catch(() => undefined);
  return async () => {
    const kill = async () => String(await redis.ask('SCRIPT', 'KILL'));
    await waitFor('the end of the script', UNDO, kill, (reply) => /^OK|NOTBUSY/.test(reply));
    connection.close();
    await redis.ask('CONFIG', 'SET', 'busy-reply-threshold', 5_000);
  };
};

const remounted = async ({ host }: Node, directory: string, mode: 'ro' | 'rw'): Promise<void> => {
  const done = await host.run(['mount', '-o', `remount,bind,${mode}`, directory]);
  if (done.code !== 0) throw new Error(`${directory} to ${mode}: ${done.stderr}`);
};

/** A save has begun, and ended as it had to. */
const savedAs = (node: Node, status: 'ok' | 'err'): Promise<unknown> =>
  waitFor(
    `a save that ends with ${status}`,
    UNDO,
    async () => {
      await node.redis.ask('BGSAVE');
      return (await node.redis.info('persistence')).get('rdb_last_bgsave_status');
    },
    (seen) => seen === status,
  );

/** Redis cannot save, and refuses writes for that (MISCONF). */
export const diskReadOnly: Strike = async (node) => {
  await remounted(node, '/var/lib/redis', 'ro');
  await savedAs(node, 'err');
  return async () => {
    await remounted(node, '/var/lib/redis', 'rw');
    await savedAs(node, 'ok');
  };
};

/** redisha can keep neither state nor rescue files. */
export const stateReadOnly: Strike = async (node) => {
  await remounted(node, '/var/lib/redisha', 'ro');
  return () => remounted(node, '/var/lib/redisha', 'rw');
};

export const powerLost: Strike = async ({ host, redis, keepalived }) => {
  await host.kill();
  return async () => {
    await host.boot();
    await redis.start();
    await keepalived.start();
  };
};

export const keepalivedStopped: Strike = async ({ keepalived }) => {
  await keepalived.stop();
  return () => keepalived.start();
};

export const keepalivedKilled: Strike = async ({ keepalived }) => {
  await keepalived.kill();
  return () => keepalived.start();
};

export const keepalivedReloaded: Strike = ({ keepalived }) => {
  keepalived.reload();
  return Promise.resolve(() => Promise.resolve());
};

export const offSwitch: Strike = async ({ host }) => {
  await host.unplug();
  return () => host.plug();
};

export const cableOut: Strike = async ({ host }) => {
  await host.pullCable();
  return () => host.putCableBack();
};

/** The two Redises do not reach each other; adverts and clients pass. */
export const redisPortCut: Strike = async (node, other) => {
  await node.host.closePortTo(other.host.address, PORT);
  return () => node.host.openPortTo(other.host.address, PORT);
};

/** The two keepaliveds do not hear each other; everything else passes. */
export const advertsLost: Strike = async (node, other) => {
  const hosts = [node.host, other.host];
  await Promise.all(hosts.map((host) => host.missMulticast()));
  return async () => {
    await Promise.all(hosts.map((host) => host.hearMulticast()));
  };
};
