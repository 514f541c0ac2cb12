/**
 * What `config` asks a person for: whatever no option has said. The answers are options, as if they had been typed.
 *
 * Each step asks one question, or nothing where there is nothing to ask. Who goes back is asked again what was asked last.
 */
import { isIn } from '../address.ts';
import type { ProfileName } from '../core/blueprint.ts';
import { RedishaError } from '../errors.ts';
import type { PairOptions } from './options.ts';
import { addressOf, interfacesOf, nodesOf, parsePairRequest, portsIn } from './pair-request.ts';
import type { Choice, Questions } from './questions.ts';
import type { HostFacts } from './runtime.ts';
import { WentBack } from './went-back.ts';

const PROFILE_CHOICES: readonly Choice<ProfileName>[] = [
  {
    value: 'balanced',
    label: 'balanced: a failed Redis is noticed at once, a failed host within 3 s; nothing returns by itself',
  },
  { value: 'fast', label: 'fast: the same, a failed host within 0.5 s; for two hosts on one good network' },
  {
    value: 'article',
    label: 'article: a failure is noticed within 6 to 10 s; the preferred node takes the address back',
  },
];

const NONE = '-';
const DIRECTORY = 'redisha-pair';
const PASSWORD_FILE = '/etc/redisha/password';
const PORT = '6379';

/** What is wrong with an answer, in the words of the option that it becomes. */
const problemOf = (judge: () => unknown): string | undefined => {
  try {
    judge();
    return undefined;
  } catch (error) {
    if (error instanceof RedishaError) return error.message;
    throw error;
  }
};

/** Answers that are no option yet: `--nodes` and `--interface` wait until somebody has said which node is the preferred one. */
interface Between {
  readonly peerAddress?: string;
  readonly ownAddress?: string;
  /** By which this host reaches the other one. */
  readonly routeInterface?: string | undefined;
  /** THIS,OTHER or one for both. */
  readonly interfaces?: string;
  readonly wantsReading?: boolean;
}

type Asked = PairOptions & Between;

/** What a step asks goes into the answers; `undefined` where it has nothing to ask. */
type Step = (ask: Questions, facts: HostFacts, asked: Asked) => Promise<Asked | undefined>;

const askPeer: Step = async (ask, { addresses }, asked) => {
  if (asked.nodes !== undefined) return undefined;
  const peer = await ask.text('Address of the other node', asked.peerAddress ?? '', (answer) =>
    addresses.includes(answer)
      ? `${answer} is an address of this host; the other node's is wanted`
      : problemOf(() => addressOf(answer, 'the other node')),
  );
  return { peerAddress: peer };
};

/** The one by which it reaches the other is proposed. */
const askOwn: Step = async (ask, facts, asked) => {
  const { peerAddress: peer } = asked;
  if (peer === undefined) return undefined;
  const route = await facts.routeTo(peer);
  const own = await ask.text(
    'Address of this node, at which the other one reaches it',
    route?.address ?? '',
    (answer) =>
      problemOf(() => nodesOf(`${answer},${peer}`)) ??
      (facts.addresses.includes(answer)
        ? undefined
        : `${answer} is not an address of this host: it has ${facts.addresses.join(', ')}`),
  );
  return { ownAddress: own, routeInterface: route?.interface };
};

const askInterface: Step = async (ask, { cards }, asked) => {
  if (asked.ownAddress === undefined || asked.interface !== undefined) return undefined;
  const names = [...new Set(cards.map(({ name }) => name))];
  const interfaces = await ask.text(
    'Network interface for the virtual address; THIS,OTHER where the nodes differ',
    asked.routeInterface ?? '',
    (answer) => {
      if (answer === '') return '"ip -brief address" lists the names';
      const own = answer.split(',')[0]?.trim() ?? '';
      const isHere = names.length === 0 || names.includes(own);
      return (
        problemOf(() => interfacesOf(answer)) ??
        (isHere ? undefined : `this host has no interface ${own} with an address: it has ${names.join(', ')}`)
      );
    },
  );
  return { interfaces };
};

const askPreferred: Step = async (ask, _facts, asked) => {
  const { ownAddress: own, peerAddress: peer, interfaces } = asked;
  if (own === undefined || peer === undefined) return undefined;
  const preferred = await ask.choice('Which node is the preferred one?', [
    { value: 'this', label: 'this one', hint: own },
    { value: 'other', label: 'the other one', hint: peer },
  ]);
  const pick = (pair: readonly string[]): string => (preferred === 'this' ? pair : pair.toReversed()).join(',');
  return { nodes: pick([own, peer]), ...(interfaces === undefined ? {} : { interface: pick(interfaces.split(',')) }) };
};

const askPort: Step = async (ask, { ports }, asked) => {
  if (asked.port !== undefined) return undefined;
  const [only = PORT, ...more] = ports.map(String);
  const running = ports.length === 0 ? '' : ` (running here: ${ports.join(', ')})`;
  const port = await ask.text(
    `Port of Redis on both nodes; several, separated by commas${running}`,
    more.length > 0 ? PORT : only,
    (answer) => problemOf(() => portsIn(answer)),
  );
  return { port };
};

/** Clients in another network find the address only where a route leads there, which an option may still say. */
const outside = ({ cards }: HostFacts, asked: Asked, addresses: string): string | undefined => {
  const own = asked.interfaces?.split(',')[0]?.trim();
  const near = cards.filter(({ name }) => own === undefined || name === own);
  const far = addresses
    .split(',')
    .map((word) => word.trim().replace(/\/\d+$/, ''))
    .find((address) => !near.some(({ cidr }) => isIn(cidr, address)));
  if (far === undefined || near.length === 0) return undefined;
  const networks = near.map(({ name, cidr }) => `${name} ${cidr}`).join(', ');
  return `${far} is in no network of this host (${networks}); where a route leads to it, say it by --vip`;
};

const askVip: Step = async (ask, facts, asked) => {
  if (asked.vip !== undefined) return undefined;
  const vip = await ask.text(
    'Virtual address that the clients know, perhaps with /LENGTH; one for all ports, or one for each',
    '',
    (answer) => problemOf(() => parsePairRequest({ ...asked, vip: answer })) ?? outside(facts, asked, answer),
  );
  return { vip };
};

const fits = (asked: Asked, more: PairOptions): boolean =>
  problemOf(() => parsePairRequest({ ...asked, ...more })) === undefined;

const NO_OR_YES: readonly Choice<'no' | 'yes'>[] = [
  { value: 'no', label: 'no' },
  { value: 'yes', label: 'yes' },
];

const askGroup: Step = async (ask, _facts, asked) => {
  if (asked.syncGroup === true || !fits(asked, { syncGroup: true })) return undefined;
  const answer = await ask.choice('Do all of the addresses move together?', NO_OR_YES);
  return answer === 'yes' ? { syncGroup: true } : {};
};

const askProfile: Step = async (ask, _facts, asked) =>
  asked.profile === undefined ? { profile: await ask.choice('Profile', PROFILE_CHOICES) } : undefined;

const askUnicast: Step = async (ask, _facts, asked) => {
  if (asked.unicast === true || !fits(asked, { unicast: true })) return undefined;
  const way = await ask.choice('How do the nodes hear of each other?', [
    { value: 'multicast', label: 'multicast', hint: "keepalived's own way" },
    { value: 'unicast', label: 'unicast', hint: 'for clouds and networks without multicast' },
  ]);
  return way === 'unicast' ? { unicast: true } : {};
};

const askWhetherReading: Step = async (ask, _facts, asked) => {
  const isMoving = parsePairRequest(asked).services.length === 1 || asked.syncGroup === true;
  if (asked.readVip !== undefined || !isMoving) return undefined;
  const answer = await ask.choice(
    'An address for reading from the replica as well? It needs a kernel with IPVS',
    NO_OR_YES,
  );
  return { wantsReading: answer === 'yes' };
};

const askReadVip: Step = async (ask, facts, asked) => {
  if (asked.wantsReading !== true) return undefined;
  const readVip = await ask.text(
    'Address for reading',
    '',
    (answer) => problemOf(() => parsePairRequest({ ...asked, readVip: answer })) ?? outside(facts, asked, answer),
  );
  return { readVip };
};

const serverOf = ({ servers }: HostFacts, asked: Asked): HostFacts['servers'][number] | undefined =>
  servers.find(({ port }) => String(port) === asked.port);

/** Of the Redis that runs, which has more than one file on many hosts. */
const askRedisConf: Step = async (ask, facts, asked) => {
  const server = serverOf(facts, asked);
  if (asked.redisConf !== undefined || server?.configFile === undefined) return undefined;
  const redisConf = await ask.text(
    `redis.conf of the Redis on this host; "${NONE}" for none`,
    server.configFile,
    (answer) =>
      answer === NONE
        ? undefined
        : (problemOf(() => parsePairRequest({ ...asked, redisConf: answer })) ??
          (facts.isFile(answer) ? undefined : `there is no file ${answer} that could be read`)),
  );
  return redisConf === NONE ? {} : { redisConf };
};

const askPasswordFile: Step = async (ask, facts, asked) => {
  if (asked.passwordFile !== undefined || serverOf(facts, asked)?.asksPassword !== true) return undefined;
  const passwordFile = await ask.text(
    `Redis asks for a password: in which file is it for redisha, on both nodes? "${NONE}" for none`,
    PASSWORD_FILE,
    (answer) => (answer === NONE ? undefined : problemOf(() => parsePairRequest({ ...asked, passwordFile: answer }))),
  );
  return passwordFile === NONE ? {} : { passwordFile };
};

const askDirectory: Step = async (ask, _facts, asked) => {
  if (asked.out !== undefined) return undefined;
  const out = await ask.text(`Directory for the files; "${NONE}" prints them`, DIRECTORY, () => undefined);
  return out === NONE ? {} : { out };
};

const STEPS: readonly Step[] = [
  askPeer,
  askOwn,
  askInterface,
  askPreferred,
  askPort,
  askVip,
  askGroup,
  askProfile,
  askUnicast,
  askWhetherReading,
  askReadVip,
  askRedisConf,
  askPasswordFile,
  askDirectory,
];

/** Nobody answers ten questions to hear that an option was wrong. What goes by addresses waits until they are known. */
const assertGiven = ({
  nodes,
  profile,
  interface: name,
  scriptUser,
  executable,
  redisConf,
  passwordFile,
  port,
}: PairOptions): void => {
  const standIns = { nodes: '192.0.2.1,192.0.2.2', vip: '192.0.2.3' };
  parsePairRequest({ ...standIns, profile, interface: name, scriptUser, executable, redisConf, passwordFile, port });
  if (nodes !== undefined) nodesOf(nodes);
};

/**
 * `given` with what the person said.
 * @throws {RedishaError} USAGE before the first question where an option that was given will not do
 */
export const interview = async (ask: Questions, facts: HostFacts, given: PairOptions): Promise<PairOptions> => {
  assertGiven(given);
  /** The steps that asked something, and what was known before each. */
  const answered: { readonly at: number; readonly before: Asked }[] = [];
  let at = 0;
  let asked: Asked = given;
  for (let step = STEPS[at]; step !== undefined; step = STEPS[at]) {
    try {
      const answers = await step(ask, facts, asked);
      if (answers !== undefined) {
        answered.push({ at, before: asked });
        asked = { ...asked, ...answers };
      }
      at += 1;
    } catch (error) {
      if (!(error instanceof WentBack)) throw error;
      const last = answered.pop();
      if (last !== undefined) ({ at, before: asked } = last);
    }
  }
  parsePairRequest(asked);
  return asked;
};
