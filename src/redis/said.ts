/** redis.conf as the doctor judges it: what it says, each with its line. */
import type { RedisSaid, Said } from '../core/doctor/facts.ts';
import { boundTo, names, unheard } from './bind.ts';
import { bytesOf, IS_PART } from './conf-part.ts';
import type { Directive, RedisConf } from './redis-conf.ts';
import { lastOf } from './redis-conf.ts';

/** What other files say of the server. */
export interface RedisWanted {
  /** At which the other node and the clients look for it. */
  readonly addresses: readonly string[];
  readonly virtual: readonly string[];
  readonly mayBindAnything: (address: string) => boolean;
}

/** What redisha cannot do without. */
const NEEDED = ['INFO', 'REPLICAOF', 'SLAVEOF', 'CONFIG', 'CLIENT', 'ROLE', 'PSYNC', 'FAILOVER'];

/** Before Redis 5 and since: one thing. */
const NAMES: Readonly<Record<string, readonly string[]>> = {
  replicaof: ['replicaof', 'slaveof'],
  'replica-read-only': ['replica-read-only', 'slave-read-only'],
  'min-replicas-to-write': ['min-replicas-to-write', 'min-slaves-to-write'],
};

const last = ({ directives }: RedisConf, name: string): Directive | undefined =>
  directives.findLast((one) => (NAMES[name] ?? [name]).includes(one.name));

const atOf = (directive: Directive | undefined): Said['at'] | undefined =>
  directive === undefined ? undefined : { file: directive.file, line: directive.line };

const said = (directive: Directive | undefined): Said | undefined => {
  const [value] = directive?.args ?? [];
  return directive === undefined || value === undefined || value === ''
    ? undefined
    : { value, at: { file: directive.file, line: directive.line } };
};

const numberSaid = (
  directive: Directive | undefined,
  of: (text: string) => number = Number,
): Said<number> | undefined => {
  const found = said(directive);
  return found === undefined || Number.isNaN(of(found.value)) ? undefined : { value: of(found.value), at: found.at };
};

const where = (conf: RedisConf, name: string, value: string): Said['at'] | undefined => {
  const found = said(last(conf, name));
  return found?.value === value ? found.at : undefined;
};

const replicaOf = (conf: RedisConf): Said | undefined => {
  const found = last(conf, 'replicaof');
  const [host = '', port = ''] = found?.args ?? [];
  return found === undefined || host.toLowerCase() === 'no'
    ? undefined
    : { value: `${host} ${port}`, at: { file: found.file, line: found.line } };
};

/** Source: redis.conf of 7.0, save: three points unless something is said, and `save ""` takes all away. */
const saves = ({ directives }: RedisConf): boolean =>
  directives.filter(({ name }) => name === 'save').reduce((_, { args }) => args[0] !== '', true);

const bindSaid = (conf: RedisConf): Said | undefined => {
  const found = last(conf, 'bind');
  return found === undefined ? undefined : { value: found.args.join(' '), at: { file: found.file, line: found.line } };
};

const hasPassword = (conf: RedisConf): boolean =>
  Boolean(lastOf(conf, 'requirepass') ?? lastOf(conf, 'user') ?? lastOf(conf, 'aclfile'));

export const redisSaid = (file: string, conf: RedisConf, wantedFor: (port: number) => RedisWanted): RedisSaid => {
  const isWhole = !IS_PART.test(file) && conf.problems.length === 0;
  const [, ofName] = /-(\d+)\.conf$/.exec(IS_PART.test(file) ? file : '') ?? [];
  const tlsPort = Number(lastOf(conf, 'tls-port') ?? 0);
  const plain = numberSaid(last(conf, 'port')) ?? { value: Number(ofName ?? 6379), at: { file, line: 0 } };
  const port = plain.value === 0 ? { ...plain, value: tlsPort } : plain;
  const { addresses, virtual, mayBindAnything } = wantedFor(port.value);
  const bound = boundTo(conf);
  return {
    file,
    isWhole,
    problems: conf.problems,
    port,
    replicaOf: replicaOf(conf),
    hasPassword: hasPassword(conf),
    requirepass: said(last(conf, 'requirepass')),
    masterauth: said(last(conf, 'masterauth')),
    masteruser: said(last(conf, 'masteruser')),
    isProtected: lastOf(conf, 'protected-mode') !== 'no',
    bind: bindSaid(conf),
    deafAt: unheard(bound, addresses),
    boundToVirtual: virtual.find((address) => names(bound, address) && !mayBindAnything(address)),
    backlogBytes: numberSaid(last(conf, 'repl-backlog-size'), bytesOf),
    disklessDelayS: numberSaid(last(conf, 'repl-diskless-sync-delay')),
    disklessOff: where(conf, 'repl-diskless-sync', 'no'),
    minReplicas: numberSaid(last(conf, 'min-replicas-to-write')),
    saves: saves(conf),
    savesAt: atOf(last(conf, 'save')),
    appends: lastOf(conf, 'appendonly') === 'yes',
    maxmemory: numberSaid(last(conf, 'maxmemory'), bytesOf),
    maxmemoryPolicy: lastOf(conf, 'maxmemory-policy'),
    writableReplica: where(conf, 'replica-read-only', 'no'),
    cluster: where(conf, 'cluster-enabled', 'yes'),
    renamed: conf.directives
      .filter(({ name, args: [command = ''] }) => name === 'rename-command' && NEEDED.includes(command.toUpperCase()))
      .map(({ args: [command = ''], file: at, line }) => ({ value: command.toUpperCase(), at: { file: at, line } })),
  };
};
