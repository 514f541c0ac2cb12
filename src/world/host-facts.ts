/** What this host knows of itself that is worth proposing to a person who configures it. */
import { networkInterfaces } from 'node:os';
import { accessSync, constants, globSync, statSync } from 'node:fs';
import type { HostFacts, Route, RunningServer } from '../cli/runtime.ts';
import { systemInterfaces } from '../host/network.ts';
import { serverPorts } from '../host/process-table.ts';
import { sourceTowards } from '../host/route.ts';
import { redisConfHints } from '../redis/conf-part.ts';
import { Connection } from '../redis/connection.ts';
import { Failure } from '../redis/failure.ts';
import { parseInfo } from '../redis/info.ts';
import { cards } from './config-host.ts';
import { REDIS_CONFS } from './found-password.ts';

const interfaceOf = (address: string): string | undefined =>
  Object.entries(networkInterfaces()).find(([, list]) => list?.some((own) => own.address === address))?.[0];

export const routeTo = async (peer: string): Promise<Route | undefined> => {
  const address = await sourceTowards(peer);
  return address === undefined ? undefined : { address, interface: interfaceOf(address) };
};

const ANSWER_MS = 1_000;
const LOOPBACK = '127.0.0.1';

const isFile = (path: string): boolean => {
  try {
    accessSync(path, constants.R_OK);
    return statSync(path).isFile();
  } catch {
    return false;
  }
};

/** Where a server does not say it: a redis.conf at a usual place that is for its port. */
const likelyConf = (port: number): string | undefined =>
  REDIS_CONFS.flatMap((pattern) => globSync(pattern))
    .toSorted()
    .find((path) => isFile(path) && redisConfHints(path).plainPort === port);

const serverAt = async (port: number): Promise<RunningServer | undefined> => {
  let connection: Connection | undefined;
  try {
    connection = await Connection.open({
      endpoint: { host: LOOPBACK, port },
      username: undefined,
      password: undefined,
      tls: undefined,
      connectTimeoutMs: ANSWER_MS,
      commandTimeoutMs: ANSWER_MS,
      renamedCommands: {},
    });
    const told = parseInfo(String(await connection.call('INFO', 'server'))).get('config_file');
    return { port, configFile: told || likelyConf(port), asksPassword: false };
  } catch (error) {
    if (!(error instanceof Failure)) throw error;
    return error.kind === 'locked' ? { port, configFile: likelyConf(port), asksPassword: true } : undefined;
  } finally {
    connection?.close();
  }
};

export const hostFacts = async (): Promise<HostFacts> => {
  const ports = serverPorts();
  const servers = await Promise.all(ports.map(serverAt));
  return {
    addresses: systemInterfaces.addresses(),
    cards: cards(),
    ports,
    servers: servers.filter((server) => server !== undefined),
    isFile,
    routeTo,
  };
};
