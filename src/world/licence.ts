/** The licence of one port with the real witness, servers and programs. */
import { hostname } from 'node:os';
import { isSameAddress } from '../address.ts';
import type { LicenceWorld, RunningLicence } from '../app/licence.ts';
import { holdLicence } from '../app/licence.ts';
import type { Journal, Log } from '../app/ports.ts';
import type { PairWords } from '../cli/words.ts';
import { peerDeadlines } from '../config/deadlines.ts';
import type { Settings, WitnessSettings } from '../config/settings.ts';
import type { Endpoint } from '../core/model.ts';
import { formatEndpoint } from '../core/model.ts';
import { after, systemClock } from '../host/clock.ts';
import { proofFile, readProof, writeProof } from '../host/licence-proof.ts';
import type { ConnectionOptions } from '../redis/connection.ts';
import { openLease, pairName } from '../redis/lease.ts';
import { openLicence } from '../redis/licence-connection.ts';
import { openNode } from '../redis/node.ts';
import { connectionTo } from './settings.ts';

/** Of a connection to the witness, and of each of its answers. A lease is renewed several times within its term. */
const WITNESS_TIMEOUT_MS = 1000;

/** How long the program may take that makes sure of the peer's end. */
const MAKE_SURE_MS = 30_000;

export interface LicenceParts {
  readonly settings: Settings;
  readonly pair: PairWords;
  readonly log: Log;
  readonly journal: Journal;
  readonly runDirectory: string;
  /** The virtual address; `undefined` where nobody knows which one it is. */
  readonly address: string | undefined;
  readonly moved: LicenceWorld['moved'];
  readonly peerSilentMs: () => number;
}

const witnessConnection = ({ endpoint, username, password, tls }: WitnessSettings): ConnectionOptions => ({
  endpoint,
  username,
  password,
  tls,
  connectTimeoutMs: WITNESS_TIMEOUT_MS,
  commandTimeoutMs: WITNESS_TIMEOUT_MS,
  renamedCommands: {},
});

/** It is given the peer's host and port. */
const makeSure = async (path: string | undefined, { host, port }: Endpoint, log: Log): Promise<boolean> => {
  if (path === undefined) return false;
  const { runHook } = await import('../host/hook.ts');
  const problem = await runHook({ path, args: [host, String(port)], timeoutMs: MAKE_SURE_MS });
  if (problem !== undefined) log.warn('peer-not-off', { program: path, problem });
  return problem === undefined;
};

/** Why nobody may go by what this witness says; `undefined` where it is of use. */
export const whyUseless = (
  { endpoint }: Pick<WitnessSettings, 'endpoint'>,
  address: string | undefined,
): string | undefined => {
  if (address === undefined) return 'the witness needs the virtual address: set vip in redisha.toml';
  // When the two are cut off from each other, each has the address, and would ask itself.
  if (!isSameAddress(endpoint.host, address)) return undefined;
  return 'the witness is at the virtual address of the pair: it must be a third server';
};

/**
 * True from now on: local takes writes without its peer only by a lease at the witness. `undefined` where none is configured,
 * or where it is of no use: then a node that counts its replicas takes no writes alone.
 */
export const licenceOf = (parts: LicenceParts): RunningLicence | undefined => {
  const { settings, pair, log, journal, runDirectory, address, moved, peerSilentMs } = parts;
  const { witness, connection } = settings;
  if (witness === undefined) return undefined;
  const warning = whyUseless(witness, address);
  if (address === undefined || warning !== undefined) {
    log.warn('configuration', { warning });
    return undefined;
  }
  const peer: Endpoint = { host: pair.peer, port: connection.peerPort };
  const deadlines = peerDeadlines(settings);
  const local = connectionTo(settings, { host: pair.local, port: pair.port });
  const nodes = {
    local: openNode({ ...local, ...deadlines }),
    peer: openNode(connectionTo(settings, peer, deadlines)),
  };
  const proofPath = proofFile(runDirectory, pair.port);
  const proof = readProof(proofPath);
  const running = holdLicence(
    {
      clock: systemClock,
      after,
      port: pair.port,
      look: (side) => nodes[side].look(),
      lease: openLease({
        connection: witnessConnection(witness),
        pair: pairName(address, pair.port),
        // The two nodes never have the same peer, whatever their hosts are called.
        holder: `${hostname()} beside ${formatEndpoint(peer)}`,
        tenure: proof?.tenure,
        nowMs: () => systemClock.nowMs(),
      }),
      licence: openLicence(local),
      makeSure: () => makeSure(witness.beforeTakeover, peer, log),
      moved,
      prove: (proven) => {
        writeProof(proofPath, proven);
      },
      peerSilentMs,
      log,
      journal,
    },
    { onNoWitness: witness.onNone, canMakeSure: witness.beforeTakeover !== undefined },
    proof,
  );
  return {
    ...running,
    stop: () => {
      running.stop();
      nodes.local.close();
      nodes.peer.close();
    },
  };
};
