/** The world of a drill: applications at the virtual address, the moves as the product makes them, and the local process. */
import { randomBytes } from 'node:crypto';
import { ADDRESS_EVERY_MS, ADDRESS_TIMEOUT_MS, change } from '../app/change.ts';
import { openBoth } from '../app/close-address.ts';
import { seenByPeer } from '../app/move-away.ts';
import type { RedisNode } from '../app/ports.ts';
import type { DrillWorld, Sight } from '../app/ports/drill.ts';
import { status } from '../app/status.ts';
import { type Outcome, transition } from '../app/transition.ts';
import type { ChangeSession, CommonOptions } from '../cli/runtime.ts';
import type { PairWords } from '../cli/words.ts';
import type { Deadlines } from '../config/deadlines.ts';
import type { Settings } from '../config/settings.ts';
import type { Endpoint, NodeView, Side } from '../core/model.ts';
import { formatEndpoint, isAnswering, isMaster } from '../core/model.ts';
import { EXIT, RedishaError } from '../errors.ts';
import { systemClock } from '../host/clock.ts';
import { commandKeys } from '../host/identity.ts';
import { hasAddress } from '../host/network.ts';
import { ownAddressFor } from '../host/route.ts';
import { openServerProcess } from '../host/server-process.ts';
import { profileInUse } from '../keepalived/profile-in-use.ts';
import { openApplication } from '../redis/application.ts';
import type { ConnectionOptions } from '../redis/connection.ts';
import { openDrillKeys, openProbe } from '../redis/drill-keys.ts';
import { openNode } from '../redis/node.ts';
import { confHere } from './keepalived-conf.ts';
import { changeSession, settingsOfPair } from './change.ts';
import { logFor } from './log.ts';
import { openStatus } from './status.ts';
import { connectionTo } from './settings.ts';
import { virtualAddressOf } from './virtual-address.ts';

/** A look that takes longer finds out nothing new. */
const LOOK: Deadlines = { connectTimeoutMs: 300, commandTimeoutMs: 300 };
/** What a person reads and removes may take its time. */
const KEYS: Deadlines = { connectTimeoutMs: 1_000, commandTimeoutMs: 5_000 };

interface Drilling {
  readonly settings: Settings;
  readonly pair: PairWords;
  readonly options: CommonOptions;
  readonly address: string;
}

const wordOf = (view: NodeView): string => (isAnswering(view) ? view.redisRole : view.kind);

const openLook = ({
  settings,
  pair,
  address,
}: Drilling): { readonly look: () => Promise<Sight>; readonly close: () => void } => {
  const open = (endpoint: Endpoint): RedisNode => openNode(connectionTo(settings, endpoint, LOOK));
  const local = open({ host: pair.local, port: pair.port });
  const peer = open({ host: pair.peer, port: settings.connection.peerPort });
  return {
    look: async () => {
      const [localView, peerView] = await Promise.all([local.look(), peer.look()]);
      return { local: wordOf(localView), peer: wordOf(peerView), isAddressHere: hasAddress(address) };
    },
    close: () => {
      local.close();
      peer.close();
    },
  };
};

/** @throws {RedishaError} STEP_FAILED where the command did not do what it was for */
const assertDone = ({ exitCode, result, message, hint }: Outcome, where: string): void => {
  if (exitCode === EXIT.done) return;
  const options = hint === undefined ? {} : { hint };
  throw new RedishaError('STEP_FAILED', `promote ${where}: ${result}: ${message}`, options);
};

/** As "redisha promote" on this host. */
const moveHere = async (session: ChangeSession, { pair, address }: Drilling, signal: AbortSignal): Promise<string> => {
  const { outcome, arrival } = await change(
    {
      ...session,
      announce: (intent, vrrpState) => session.announce(intent, vrrpState, pair),
      tell: () => undefined,
    },
    { ...session, intent: 'promote', forced: false, healing: false, signal },
  );
  assertDone(outcome, 'on this node');
  if (arrival === undefined || arrival.isHere) return 'done: this node is the master, and the address is here';
  throw new RedishaError('STEP_FAILED', `this node is the master, and the address ${address} has not come`, {
    hint: 'redisha status, on both nodes',
  });
};

const awaitPeer = async (session: ChangeSession, { address }: Drilling, signal: AbortSignal): Promise<void> => {
  const { hasAddress: isHere, world } = session;
  const endMs = systemClock.nowMs() + ADDRESS_TIMEOUT_MS;
  const isThere = async (): Promise<boolean> => !isHere(address) && isMaster(await world.eyes.peer.look());
  try {
    while (!(await isThere()) && !signal.aborted && systemClock.nowMs() < endMs)
      await systemClock.delay(ADDRESS_EVERY_MS, signal);
    if (signal.aborted || (await isThere())) return;
  } finally {
    world.eyes.peer.close();
  }
  throw new RedishaError('STEP_FAILED', `the address ${address} has not gone to the peer`, {
    hint: 'redisha status, on both nodes',
  });
};

/** As "redisha promote" on the other host, planned and carried out from here: it needs nothing but the two servers. */
const movingAway = async (session: ChangeSession, drilling: Drilling, signal: AbortSignal): Promise<string> => {
  const outcome = await transition(await seenByPeer(session.world), {
    intent: 'promote',
    policy: session.policy,
    forced: false,
    vrrpAgeMs: 0,
    healing: false,
    signal,
  });
  const { result, exitCode, tookMs } = outcome;
  const message = `a drill promoted the peer: ${outcome.message}`;
  await session.world.journal.append({ event: 'end', intent: 'promote', result, exitCode, message, tookMs });
  assertDone(outcome, 'of the peer');
  await awaitPeer(session, drilling, signal);
  return 'done: the peer is the master, and the address has left this host';
};

/** Whatever comes of it, the port of this node is not left closed at the address: keepalived's commands open it only where that moves. */
const moveAway: typeof movingAway = async (session, ...rest) => {
  try {
    return await movingAway(session, ...rest);
  } finally {
    await openBoth(session.world);
  }
};

const openMoves = (drilling: Drilling): DrillWorld['moveTo'] => {
  const { settings, pair, options } = drilling;
  const nextKey = commandKeys();
  return async (side: Side, signal: AbortSignal) => {
    const log = await logFor(settings, options, side === 'local' ? 'drill' : `drill@${pair.peer}`);
    const session = await changeSession({ settings, log, pair, key: nextKey(), hooks: undefined });
    return (side === 'local' ? moveHere : moveAway)(session, drilling, signal);
  };
};

const profileOf = ({ files }: Settings, { peer, port }: PairWords): DrillWorld['profile'] => {
  const conf = confHere(files.keepalivedConf);
  return conf === undefined ? undefined : profileInUse(conf, { peer, port });
};

/** @throws {RedishaError} CONFIG_INVALID where nobody knows the virtual address */
export const openDrill = async (pair: PairWords, options: CommonOptions): Promise<DrillWorld> => {
  const settings = await settingsOfPair(pair, options);
  const address = await virtualAddressOf(settings, pair);
  if (address === undefined)
    throw new RedishaError('CONFIG_INVALID', 'the virtual address is not known, and a drill goes through it', {
      hint: 'vip = "ADDRESS" in /etc/redisha/redisha.toml, or --option vip=ADDRESS',
    });
  const drilling = { settings, pair, options, address };
  const localAddress = await ownAddressFor(address, pair.peer);
  const to = (deadlines?: Deadlines): ConnectionOptions => ({
    ...connectionTo(settings, { host: address, port: pair.port }, deadlines),
    localAddress,
  });
  const { look, close } = openLook(drilling);
  return {
    clock: systemClock,
    local: formatEndpoint({ host: pair.local, port: pair.port }),
    peer: formatEndpoint({ host: pair.peer, port: settings.connection.peerPort }),
    address,
    port: pair.port,
    profile: profileOf(settings, pair),
    prefix: `redisha:drill:${randomBytes(6).toString('hex')}:`,
    connect: () => openApplication(to()),
    probe: openProbe(to()),
    keys: openDrillKeys(to(KEYS)),
    look,
    status: async () => status(await openStatus(pair, options)),
    moveTo: openMoves(drilling),
    serverProcess: (pid) => openServerProcess(pid, pair.port),
    close,
  };
};
