/**
 * `status` as metrics: the text format of Prometheus, made of a table. A value that is not known is absent, never 0. A state is
 * a label with 0 or 1, and no label has more values than the table knows.
 * Source: prometheus.io docs, "Exposition formats" and "Metric and label naming".
 */
import type { NodeSeen, StatusReport } from '../app/status-report.ts';
import type { VrrpState } from '../core/model.ts';
import { VERDICTS } from '../core/survival.ts';

type Value = number | boolean | undefined;

interface Sample {
  readonly labels?: Readonly<Record<string, string>>;
  readonly value: Value;
}

interface Metric {
  readonly name: string;
  readonly help: string;
  readonly samples: (report: StatusReport) => readonly Sample[];
}

const one = (value: Value): readonly Sample[] => [{ value }];

const perNode =
  (of: (node: NodeSeen) => Value): Metric['samples'] =>
  ({ nodes }) =>
    nodes.map((node) => ({ labels: { node: node.side }, value: of(node) }));

/** One for each state that there is, 1 for the present one; none where that is not known. */
const states = (
  label: string,
  all: readonly string[],
  now: string | undefined,
  more: Readonly<Record<string, string>> = {},
): readonly Sample[] =>
  now === undefined ? [] : all.map((state) => ({ labels: { ...more, [label]: state }, value: state === now }));

const VRRP_STATES: readonly VrrpState[] = ['MASTER', 'BACKUP', 'FAULT', 'STOP'];

const seconds = (ms: number | undefined): number | undefined => (ms === undefined ? undefined : ms / 1000);

const wallSeconds = (iso: string | undefined): number | undefined => {
  const ms = Date.parse(iso ?? '');
  return Number.isNaN(ms) ? undefined : ms / 1000;
};

const losses = ({ survival: { verdict, wouldLose } }: StatusReport): readonly Sample[] =>
  ['local', 'peer'].flatMap((node) =>
    ['service', 'writes'].map((loses) => ({
      labels: { node, loses },
      // Where no client can write now, or nobody knows, nothing is left to foresee.
      value:
        verdict === 'down' || verdict === 'unknown'
          ? undefined
          : wouldLose.some((loss) => loss.node === node && loss.loses === loses),
    })),
  );

const addressNowhere = ({ address }: StatusReport): Value =>
  address === undefined || address.at === 'unread' ? undefined : address.at === 'nowhere';

/** The other node follows, and has what the master has but for what is on the wire. */
const isRedundant = ({ lag, nodes, survival }: StatusReport): Value => {
  if (survival.verdict === 'unknown') return undefined;
  const replica = nodes.find(({ side }) => side === lag?.side);
  return replica?.link === 'up' && !survival.wouldLose.some(({ loses }) => loses === 'service');
};

/** All of them are gauges: each is what a look has found. */
export const METRICS: readonly Metric[] = [
  {
    name: 'redisha_in_order',
    help: '1 where redisha status would exit 0.',
    samples: ({ inOrder }) => one(inOrder),
  },
  {
    name: 'redisha_verdict',
    help: 'The verdict of redisha status: 1 for the one that holds.',
    samples: ({ survival }) => states('verdict', VERDICTS, survival.verdict),
  },
  {
    name: 'redisha_would_lose',
    help: '1 where losing that node would end the service, or would lose acknowledged writes.',
    samples: losses,
  },
  {
    name: 'redisha_redundant',
    help: '1 where the other node is in step and may take over.',
    samples: (report) => one(isRedundant(report)),
  },
  {
    name: 'redisha_diverged',
    help: '1 where each of the two nodes has writes that the other one lacks.',
    samples: ({ diverged }) => one(diverged),
  },
  {
    name: 'redisha_trouble',
    help: '1 for each thing that is not in order, by its code in docs/operations.md.',
    samples: ({ troubles }) =>
      [...new Set(troubles.map(({ code }) => code))].map((code) => ({ labels: { code }, value: 1 })),
  },
  {
    name: 'redisha_address_nowhere',
    help: '1 where no host has the virtual address.',
    samples: (report) => one(addressNowhere(report)),
  },
  {
    name: 'redisha_has_address',
    help: '1 where that node has the virtual address.',
    samples: perNode(({ hasAddress }) => hasAddress),
  },
  {
    name: 'redisha_node_answers',
    help: '1 where the Redis of that node answers this host.',
    samples: perNode(({ redisRole }) => redisRole !== undefined),
  },
  {
    name: 'redisha_redis_role',
    help: '1 for the role that this Redis has, 0 for the other.',
    samples: ({ nodes }) =>
      nodes.flatMap(({ side, redisRole }) => states('role', ['master', 'replica'], redisRole, { node: side })),
  },
  {
    name: 'redisha_vrrp_state',
    help: '1 for the state that keepalived of this host said last, 0 for the others.',
    samples: ({ vrrp }) => states('state', VRRP_STATES, vrrp?.vrrpState),
  },
  {
    name: 'redisha_keepalived_running',
    help: '1 where keepalived runs on this host.',
    samples: ({ keepalived }) => one(keepalived === 'unknown' ? undefined : keepalived === 'runs'),
  },
  {
    name: 'redisha_fit',
    help: '1 where keepalived is told that this node may own the address.',
    samples: ({ told }) => one(told?.fit),
  },
  {
    name: 'redisha_link_up',
    help: '1 where the link of that replica to its master is up.',
    samples: perNode(({ link }) => (link === undefined ? undefined : link === 'up')),
  },
  {
    name: 'redisha_lag_bytes',
    help: 'How far the replica is behind its master in the replication stream.',
    samples: perNode(({ lagBytes }) => lagBytes),
  },
  {
    name: 'redisha_lag_seconds',
    help: 'Seconds since the replica confirmed a write or, with its link down, since the link was up.',
    samples: perNode(({ lagSeconds }) => lagSeconds),
  },
  {
    name: 'redisha_rescues',
    help: 'Files of rescued writes on this host.',
    samples: ({ rescues }) => one(rescues?.count),
  },
  {
    name: 'redisha_rescues_unseen',
    help: 'Rescues that nobody has looked at.',
    samples: ({ rescues }) => one(rescues?.unseen),
  },
  {
    name: 'redisha_rescues_bytes',
    help: 'Size of all rescues on this host.',
    samples: ({ rescues }) => one(rescues?.bytes),
  },
  {
    name: 'redisha_last_change_timestamp_seconds',
    help: 'When a command of this host last came to its end.',
    samples: ({ nodes: [local] }) => one(wallSeconds(local.lastChange?.at)),
  },
  {
    name: 'redisha_watch_up',
    help: '1 where redisha watch answered; 0 where the values come from one look, and nobody watches this host.',
    samples: ({ told }) => one(told?.resident !== undefined),
  },
  {
    name: 'redisha_watch_look_age_seconds',
    help: 'How long ago redisha watch looked at that node.',
    samples: ({ told }) => [
      { labels: { node: 'local' }, value: seconds(told?.resident?.localAgeMs) },
      { labels: { node: 'peer' }, value: seconds(told?.resident?.peerAgeMs) },
    ],
  },
  {
    name: 'redisha_look_age_seconds',
    help: 'How old the look at that node was when these values were written.',
    samples: perNode(({ lookAgeMs }) => lookAgeMs / 1000),
  },
  {
    name: 'redisha_look_timestamp_seconds',
    help: 'When these values were written.',
    samples: ({ at }) => one(wallSeconds(at)),
  },
];

/** Source: prometheus.io docs, "Exposition formats", of a label's value. */
const escaped = (text: string): string =>
  text.replaceAll('\\', String.raw`\\`).replaceAll('"', String.raw`\"`).replaceAll('\n', String.raw`\n`);

const labelsText = (labels: Readonly<Record<string, string>>): string =>
  `{${Object.entries(labels)
    .map(([name, value]) => `${name}="${escaped(value)}"`)
    .join(',')}}`;

const sampleLine = (name: string, port: number, { labels, value }: Sample): readonly string[] =>
  value === undefined ? [] : [`${name}${labelsText({ port: String(port), ...labels })} ${String(Number(value))}`];

const headOf = (name: string, help: string): readonly string[] => [`# HELP ${name} ${help}`, `# TYPE ${name} gauge`];

/** Every pair of this host. Each name comes once, with all of its samples. */
export const metricsText = (reports: readonly StatusReport[], version: string): string => {
  const lines = METRICS.flatMap(({ name, help, samples }) => {
    const found = reports.flatMap((report) =>
      samples(report).flatMap((sample) => sampleLine(name, report.pair.localEndpoint.port, sample)),
    );
    return found.length === 0 ? [] : [...headOf(name, help), ...found];
  });
  const info = [
    ...headOf('redisha_build_info', 'The version of redisha.'),
    `redisha_build_info${labelsText({ version })} 1`,
  ];
  return [...lines, ...info].join('\n');
};
