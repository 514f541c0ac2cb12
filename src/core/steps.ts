/**
 * The steps that a plan is made of. One map of arguments gives the union, and every table over it (execution,
 * description) is checked for completeness by the compiler.
 */
import type { ErrorCode } from '../errors.ts';
import type { Endpoint, Side } from './model.ts';
import { formatEndpoint } from './model.ts';

/** The three lossless ways to move the role of master. */
export type Way = 'failover' | 'pause' | 'fence';

export interface StepArgs {
  /**
   * `side` becomes a master: REPLICAOF NO ONE. `purpose`: it leads from now on, though the other side has more; or it only
   * keeps its data from being overwritten, until that is saved.
   */
  promote: { readonly side: Side; readonly reason: string; readonly purpose?: 'lead-by-choice' | 'keep-its-data' };
  /** `side` follows the other side at `of`. `covered` says why that destroys nothing without a trace. */
  follow: { readonly side: Side; readonly of: Endpoint; readonly covered: Cover };
  /** `side` goes on following the other side at `of`, and gets a full copy where its own data would have done. */
  copyAnew: { readonly side: Side; readonly of: Endpoint };
  /**
   * The role moves from master `from` to its replica without losing a write; with `insists` also where the replica may lack
   * some of them, see lack.ts.
   */
  handOver: {
    readonly from: Side;
    readonly target: Endpoint;
    readonly ways: readonly Way[];
    readonly insists: boolean;
    /** The run of the replica that this was decided for. */
    readonly replicaRun: string;
    readonly timeoutMs: number;
  };
  /** The fence that a killed hand-over left on `side` is taken down. */
  liftFence: { readonly side: Side };
  /** The port that a hand-over closed at the virtual address on `side` is opened again. */
  openAddress: { readonly side: Side };
  /** An unfinished FAILOVER on `side` is called off. */
  abortFailover: { readonly side: Side };
  /** Both suffixes are read and compared, writes held back meanwhile. */
  examine: { readonly loser: Side };
  /** `side` takes no writes for a moment, in which its own command sees what the other side has. */
  holdBack: { readonly side: Side };
  /** What only `loser` has is copied to a file, its writes held back meanwhile. */
  rescue: { readonly loser: Side; readonly form: 'suffix' | 'dataset' };
  /**
   * The loser's suffix is saved, then replayed on the other side exactly once. Or its dataset is, and those of its keys are put
   * on the other side which that neither holds nor has touched since.
   */
  merge: { readonly loser: Side; readonly form: 'suffix' | 'dataset' };
  /** The hosts of the network are told that the address is here. */
  tellAddress: object;
  /** Nothing is done now; the pair is looked at again. */
  wait: { readonly until: string };
  /** Nothing is done, and the command ends with `code`. */
  refuse: { readonly code: ErrorCode; readonly hint: string };
}

/** Why a dataset may be overwritten: it is a harmless relation, or its writes are in a file. */
export type Cover = 'harmless' | 'saved' | 'by-choice';

export type StepKind = keyof StepArgs;
export type Step<K extends StepKind = StepKind> = { readonly [P in K]: { readonly kind: P } & StepArgs[P] }[K];
export type StepTable<R> = { readonly [K in StepKind]: (step: Step<K>) => R };

/** Looks the step up in a table over all kinds. */
export const visit = <K extends StepKind, R>(step: Step<K>, table: StepTable<R>): R => {
  const entry = table[step.kind] as (step: Step<K>) => R;
  return entry(step);
};

const DESCRIBE: StepTable<string> = {
  promote: ({ side, reason }) => `make ${side} a master (${reason})`,
  follow: ({ side, of }) => `make ${side} a replica of ${formatEndpoint(of)}`,
  copyAnew: ({ side, of }) => `give ${side} a full copy from ${formatEndpoint(of)}`,
  handOver: ({ from, target, ways }) =>
    `hand the role of master over from ${from} to ${formatEndpoint(target)} by ${ways.join(', else ')}`,
  liftFence: ({ side }) => `take down the fence (min-replicas-to-write) that a hand-over left on ${side}`,
  openAddress: ({ side }) => `open the port of ${side} at the virtual address (bind), which a hand-over closed`,
  abortFailover: ({ side }) => `abort the unfinished FAILOVER on ${side}`,
  examine: ({ loser }) => `read from both backlogs what each side wrote alone (${loser} would be overwritten)`,
  holdBack: ({ side }) => `hold the writes of ${side} back for a moment`,
  rescue: ({ loser, form }) =>
    `rescue ${form === 'suffix' ? 'the writes that only' : 'the whole dataset that'} ${loser} has`,
  merge: ({ loser, form }) =>
    form === 'suffix'
      ? `replay on the other side the writes that only ${loser} has`
      : `put those keys of ${loser} on the other side that it neither holds nor has touched`,
  tellAddress: () => 'tell the network that the address is here',
  wait: ({ until }) => `wait until ${until}`,
  refuse: ({ hint }) => `refuse; next: ${hint}`,
};

/** A step in words, as `--dry-run`, the log and the journal print it. */
export const describeStep = (step: Step): string => visit(step, DESCRIBE);

/** A step that ends a round without touching Redis. */
export const isPassive = (step: Step): boolean => step.kind === 'wait' || step.kind === 'refuse';
