/** INFO of a model server, as src/redis/info.ts reads it. */
import type { Answering } from '../../src/core/model.ts';
import { knownUptime } from '../../src/redis/info.ts';
import type { Server } from './server.ts';
import { MAX_LAG_SECONDS } from './counting.ts';
import { HOSTS, PORT } from './words.ts';

const upstreamOf = (server: Server): Answering['upstream'] => {
  const { master, replication, wallMs } = server;
  if (master === undefined) return undefined;
  const { upstream, downSinceMs, isShutOut } = replication;
  const isRefused = isShutOut && upstream === 'connecting' && server.base.config.retriesAtOnce === true;
  return {
    endpoint: { host: HOSTS[master.index], port: PORT },
    who: 'third-silent',
    linkUp: upstream === 'up',
    syncing: upstream === 'transfer' || upstream === 'loading' || isRefused,
    syncLeftBytes: isRefused ? -1 : 0,
    ...(upstream === 'up' ? {} : { isTold: replication.isTold }),
    linkDownSeconds: upstream === 'up' ? 0 : downSinceMs === undefined ? -1 : Math.floor((wallMs - downSinceMs) / 1000),
  };
};

export const viewOf = (server: Server): Answering => {
  const { wallMs, base } = server;
  const keys = server.data.keys.size + server.data.markers.size;
  return {
    kind: 'answering',
    version: [7, 0, 15],
    program: { product: 'redis', version: [7, 0, 15] },
    refusedCommands: 0,
    hadFullCopy: false,
    mode: 'standalone',
    runId: `${HOSTS[server.index]} ${String(server.life)}`,
    processId: server.life,
    uptimeSeconds: knownUptime(Math.floor((wallMs - server.wallStartedMs) / 1000)),
    redisRole: server.master === undefined ? 'master' : 'replica',
    loading: server.loading,
    loadingEtaSeconds: Math.ceil(Math.max(0, server.loadingUntilMs - base.engine.nowMs) / 1000),
    history: {
      replid: server.replid,
      offset: server.offset,
      replid2: server.replid2,
      secondOffset: server.replid2 === undefined ? undefined : server.secondOffset,
    },
    keys,
    changesSinceSave: server.changesSinceSave,
    databases: keys === 0 ? [] : [0],
    upstream: upstreamOf(server),
    replicas: server.replication.lines.map(({ index, online, offset, ackMs }) => ({
      endpoint: { host: HOSTS[index], port: PORT },
      online,
      offset,
      lagSeconds: server.counting.lagOf(ackMs),
    })),
    ...(server.counting.isOn
      ? { counted: { toWrite: 1, maxLagSeconds: MAX_LAG_SECONDS, good: server.counting.good } }
      : {}),
    failover: server.failover.kind,
    fence: server.fenced ? { minReplicasToWrite: 0, minReplicasMaxLag: 10, beat: server.fenceBeat } : undefined,
    ...(server.pause.addressClosed ? { addressClosed: true } : {}),
    backlogFirstOffset: server.backlog?.firstOffset,
  };
};
