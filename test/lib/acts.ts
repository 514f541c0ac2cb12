/** The faults and changes that a pair is put through, as acts of a story. `a` is the preferred master. */
import type { Finished } from './process.ts';
import type { Act } from './story.ts';
import { clockReaches, nowMs } from './wait.ts';

const TAKEOVER_MS = 30_000;
const SETTLE_MS = 60_000;
const PARTITION_MS = 12_000;

/** The master's Redis is killed; the backup takes over. */
export const redisKilled: Act = {
  name: 'Redis killed on the master',
  whole: false,
  settleMs: 0,
  async play({ pair }) {
    await pair.a.redis.kill();
    await pair.takenOver(pair.b, TAKEOVER_MS);
    return pair.b;
  },
};

/** After `redisKilled`: the master's Redis starts as its file says, knowing nothing of a replica; the master preempts. */
export const masterReturns: Act = {
  name: 'the master returns and preempts',
  whole: true,
  settleMs: SETTLE_MS,
  async play({ pair }) {
    await pair.a.redis.start();
    return pair.a;
  },
};

/** The master's Redis stops answering without dying; the backup takes over while it is frozen, for at least this long. */
export const redisFrozenFor = (frozenMs: number): Act => ({
  name: 'Redis frozen on the master',
  whole: false,
  settleMs: 0,
  async play({ pair }) {
    const fromMs = nowMs();
    pair.a.redis.freeze();
    await pair.takenOver(pair.b, TAKEOVER_MS);
    await clockReaches(fromMs + frozenMs);
    return pair.b;
  },
});

export const redisFrozen = redisFrozenFor(20_000);

/** After `redisFrozen`: the frozen Redis goes on as if nothing had happened, and still thinks it is a master. */
export const redisThawed: Act = {
  name: 'the frozen Redis thaws',
  whole: true,
  settleMs: SETTLE_MS,
  async play({ pair }) {
    pair.a.redis.thaw();
    return pair.a;
  },
};

/** The master's host loses its power; the backup takes over. */
export const hostGone: Act = {
  name: 'master host gone',
  whole: false,
  settleMs: 0,
  async play({ pair }) {
    await pair.a.host.kill();
    await pair.takenOver(pair.b, TAKEOVER_MS);
    return pair.b;
  },
};

/** After `hostGone`: the host boots, with the disk as the power cut left it; the master preempts. */
export const hostReturns: Act = {
  name: 'the master host boots again',
  whole: true,
  settleMs: SETTLE_MS,
  async play({ pair }) {
    await pair.a.host.boot();
    await pair.a.redis.start();
    await pair.a.keepalived.start();
    return pair.a;
  },
};

/** Nothing reaches the master and nothing leaves it for a while, though its card sees no fault; then the network heals. */
export const partitioned: Act = {
  name: 'the master cut off for 12 s, then healed',
  whole: true,
  settleMs: SETTLE_MS,
  async play({ pair }) {
    const fromMs = nowMs();
    await pair.a.host.unplug();
    await pair.takenOver(pair.b, TAKEOVER_MS);
    await clockReaches(fromMs + PARTITION_MS);
    await pair.a.host.plug();
    return pair.a;
  },
};

/** keepalived is stopped on the master, its Redis goes on; the backup takes over and the old master must follow it. */
export const keepalivedStopped: Act = {
  name: 'keepalived stopped on the master',
  whole: true,
  settleMs: 20_000,
  async play({ pair }) {
    await pair.a.keepalived.stop();
    await pair.takenOver(pair.b, TAKEOVER_MS);
    return pair.b;
  },
};

/** After `keepalivedStopped`: keepalived starts again and the master preempts. */
export const keepalivedBack: Act = {
  name: 'keepalived started again on the master',
  whole: true,
  settleMs: SETTLE_MS,
  async play({ pair }) {
    await pair.a.keepalived.start();
    return pair.a;
  },
};

/** A person hands the mastership to the backup while both nodes are healthy; `done` gets what the command said. */
export function promotedByHand(done: (finished: Finished) => void): Act {
  return {
    name: 'promote on the backup',
    whole: true,
    settleMs: SETTLE_MS,
    async play({ pair }) {
      const { host, redis } = pair.b;
      done(await pair.redisha(pair.b, ['promote', '127.0.0.1', pair.a.host.address, String(redis.port)]));
      // The article's files let the preferred master preempt, so the address comes back to it in the end.
      await pair.takenOver(pair.b, TAKEOVER_MS).catch((error: unknown) => {
        throw new Error(`the address never came to ${host.name}`, { cause: error });
      });
      return pair.a;
    },
  };
}

/** The preferred node is to be stopped; `done` gets what the command said. */
export function drained(done: (finished: Finished) => void): Act {
  return {
    name: 'drain of the preferred node',
    whole: true,
    settleMs: SETTLE_MS,
    async play({ pair }) {
      done(await pair.redisha(pair.a, ['drain', '--reason', 'new kernel']));
      return pair.b;
    },
  };
}

/** It comes back, and preempts. */
export function resumed(done: (finished: Finished) => void): Act {
  return {
    name: 'resume on the preferred node',
    whole: true,
    settleMs: SETTLE_MS,
    async play({ pair }) {
      done(await pair.redisha(pair.a, ['resume']));
      return pair.a;
    },
  };
}

/** Notifies that nobody asked for rain on both nodes of a healthy pair, the last of them fitting the addresses. */
export function stormAct(rain: () => Promise<unknown>): Act {
  return {
    name: 'a storm of notifies',
    whole: true,
    settleMs: SETTLE_MS,
    async play({ pair }) {
      await rain();
      return pair.a;
    },
  };
}
