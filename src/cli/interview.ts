/** What `config` asks a person for: whatever no option has said. The answers are options, as if they had been typed. */
import type { ProfileName } from '../core/blueprint.ts';
import { RedishaError } from '../errors.ts';
import type { PairOptions } from './options.ts';
import { addressOf, interfacesOf, nodesOf, parsePairRequest, portsIn } from './pair-request.ts';
import type { Choice, Questions } from './questions.ts';
import type { HostFacts } from './runtime.ts';

const PROFILE_CHOICES: readonly Choice<ProfileName>[] = [
  {
    value: 'balanced',
    label: 'balanced: a failed Redis is noticed at once, a failed host within 4 s; nothing returns by itself',
  },
  { value: 'fast', label: 'fast: the same, a failed host within 0.5 s; for two hosts on one good network' },
  {
    value: 'article',
    label: 'article: a failure is noticed within 6 to 10 s; the preferred node takes the address back',
  },
];

const PRINTED = '-';
const DIRECTORY = 'redisha-pair';
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

const askInterface = (ask: Questions, found: string): Promise<string> =>
  ask.text('Network interface for the virtual address; THIS,OTHER where the nodes differ', found, (answer) =>
    answer === '' ? '"ip -brief address" lists the names' : problemOf(() => interfacesOf(answer)),
  );

/** The addresses of the nodes: that of this one is the one by which it reaches the other. */
const askNodes = async (ask: Questions, facts: HostFacts, given: PairOptions): Promise<PairOptions> => {
  const peer = await ask.text('Address of the other node', '', (answer) =>
    facts.addresses.includes(answer)
      ? `${answer} is an address of this host; the other node's is wanted`
      : problemOf(() => addressOf(answer, 'the other node')),
  );
  const route = await facts.routeTo(peer);
  const own = await ask.text(
    'Address of this node, at which the other one reaches it',
    route?.address ?? '',
    (answer) => problemOf(() => nodesOf(`${answer},${peer}`)),
  );
  const device = given.interface === undefined ? await askInterface(ask, route?.interface ?? '') : undefined;
  const preferred = await ask.choice('Which node is the preferred one?', [
    { value: 'this', label: 'this one', hint: own },
    { value: 'other', label: 'the other one', hint: peer },
  ]);
  const pick = (pair: readonly string[]): string => (preferred === 'this' ? pair : pair.toReversed()).join(',');
  return { nodes: pick([own, peer]), ...(device === undefined ? {} : { interface: pick(device.split(',')) }) };
};

const askPort = (ask: Questions, { ports }: HostFacts): Promise<string> => {
  const [only = PORT, ...more] = ports.map(String);
  const running = ports.length === 0 ? '' : ` (running here: ${ports.join(', ')})`;
  return ask.text(
    `Port of Redis on both nodes; several, separated by commas${running}`,
    more.length > 0 ? PORT : only,
    (answer) => problemOf(() => portsIn(answer)),
  );
};

/** What is optional and changes how the pair behaves, each asked only where it may be. */
const askManner = async (ask: Questions, asked: PairOptions): Promise<PairOptions> => {
  const fits = (more: PairOptions): boolean => problemOf(() => parsePairRequest({ ...asked, ...more })) === undefined;
  const syncGroup =
    asked.syncGroup !== true && fits({ syncGroup: true }) && (await ask.yes('Do all of the addresses move together?'));
  const group = syncGroup ? { syncGroup } : {};
  const profile = asked.profile !== undefined ? {} : { profile: await ask.choice('Profile', PROFILE_CHOICES) };
  const unicast =
    asked.unicast !== true &&
    fits({ unicast: true }) &&
    (await ask.choice('How do the nodes hear of each other?', [
      { value: 'multicast', label: 'multicast', hint: "keepalived's own way" },
      { value: 'unicast', label: 'unicast', hint: 'for clouds and networks without multicast' },
    ])) === 'unicast';
  return { ...group, ...profile, ...(unicast ? { unicast } : {}) };
};

const askReading = async (ask: Questions, asked: PairOptions): Promise<PairOptions> => {
  const isMoving = parsePairRequest(asked).services.length === 1 || asked.syncGroup === true;
  if (asked.readVip !== undefined || !isMoving) return {};
  if (!(await ask.yes('An address for reading from the replica as well? It needs a kernel with IPVS'))) return {};
  const readVip = await ask.text('Address for reading', '', (answer) =>
    problemOf(() => parsePairRequest({ ...asked, readVip: answer })),
  );
  return { readVip };
};

const askDirectory = async (ask: Questions): Promise<PairOptions> => {
  const out = await ask.text(`Directory for the files; "${PRINTED}" prints them`, DIRECTORY, () => undefined);
  return out === PRINTED ? {} : { out };
};

/** Nobody answers ten questions to hear that an option was wrong. What goes by addresses waits until they are known. */
const assertGiven = ({
  nodes,
  profile,
  interface: name,
  scriptUser,
  executable,
  redisConf,
  port,
}: PairOptions): void => {
  const standIns = { nodes: '192.0.2.1,192.0.2.2', vip: '192.0.2.3' };
  parsePairRequest({ ...standIns, profile, interface: name, scriptUser, executable, redisConf, port });
  if (nodes !== undefined) nodesOf(nodes);
};

/**
 * `given` with what the person said.
 * @throws {RedishaError} USAGE before the first question where an option that was given will not do
 */
export const interview = async (ask: Questions, facts: HostFacts, given: PairOptions): Promise<PairOptions> => {
  assertGiven(given);
  let asked: PairOptions = given;
  if (asked.nodes === undefined) asked = { ...asked, ...(await askNodes(ask, facts, asked)) };
  if (asked.port === undefined) asked = { ...asked, port: await askPort(ask, facts) };
  if (asked.vip === undefined) {
    const rest = asked;
    const vip = await ask.text(
      'Virtual address that the clients know, perhaps with /LENGTH; one for all ports, or one for each',
      '',
      (answer) => problemOf(() => parsePairRequest({ ...rest, vip: answer })),
    );
    asked = { ...asked, vip };
  }
  parsePairRequest(asked);
  asked = { ...asked, ...(await askManner(ask, asked)) };
  asked = { ...asked, ...(await askReading(ask, asked)) };
  if (asked.out === undefined) asked = { ...asked, ...(await askDirectory(ask)) };
  return asked;
};
