/**
 * Why the role or the address moved: from the first bad look to the first write that somebody saw, as one host has it in its
 * journal. What a journal cannot tell is said to be not known.
 */
import { changesOf } from './changes.ts';
import type { Recorded } from './record.ts';
import { isBadLook, isGoodLook, leaderAfter } from './record.ts';
import { tellEntry } from './words.ts';

/** What was not in order for longer is another story. */
const BEFORE_MS = 3_600_000;
/** Where nothing was seen to be wrong, so much of what came before belongs to it. */
const CALM_BEFORE_MS = 30_000;
/** So long after a change somebody may see the first write. */
const AFTER_MS = 60_000;
/** Further away than that, another moment was meant. */
const NEAR_MS = 600_000;

export type LinkKind =
  | 'first-bad-look'
  | 'look'
  | 'keepalived'
  | 'address'
  | 'claim'
  | 'decision'
  | 'step'
  | 'promoted'
  | 'saved'
  | 'end'
  | 'clients-told'
  | 'first-write-seen'
  | 'in-order';

export interface Link {
  readonly kind: LinkKind;
  readonly entry: Recorded;
  /** Since the first link; as the wall clock has it. */
  readonly afterMs: number;
  readonly says: string;
  readonly notes: readonly string[];
}

export interface Chain {
  /** The change by which the role moved; `undefined` where only the address did. */
  readonly change: string | undefined;
  /** When. */
  readonly at: string;
  readonly title: string;
  readonly links: readonly Link[];
  /** What it came to, each a sentence. */
  readonly sums: readonly string[];
  /** What this journal cannot tell, each a sentence. */
  readonly unknown: readonly string[];
}

/** A moment as somebody said it: 03:12 is a whole minute. */
export interface Moment {
  readonly fromMs: number;
  readonly toMs: number;
}

const isTurn = (record: Recorded): boolean => leaderAfter(record) !== undefined;

const isAddress = ({ event, isHere }: Recorded): boolean => event === 'address' && isHere !== undefined;

const away = ({ atMs }: Recorded, { fromMs, toMs }: Moment): number =>
  atMs < fromMs ? fromMs - atMs : Math.max(0, atMs - toMs);

const nearestTo = (records: readonly Recorded[], moment: Moment): Recorded | undefined => {
  const near = records.filter((record) => away(record, moment) < NEAR_MS);
  const [first, ...others] = near;
  if (first === undefined) return undefined;
  return others.reduce((best, record) => (away(record, moment) < away(best, moment) ? record : best), first);
};

/** What was asked for, and nothing named is the last: a role that moved, or an address that moved without one. */
const anchorIn = (records: readonly Recorded[], moment: Moment | undefined): Recorded | undefined => {
  const turns = records.filter(isTurn);
  const moves = [...turns, ...records.filter(isAddress)].toSorted((one, other) => one.atMs - other.atMs);
  const found = moment === undefined ? moves.at(-1) : nearestTo(moves, moment);
  if (found === undefined || isTurn(found)) return found;
  const beside = nearestTo(turns, { fromMs: found.atMs, toMs: found.atMs });
  return beside !== undefined && Math.abs(beside.atMs - found.atMs) <= AFTER_MS ? beside : found;
};

interface Places {
  readonly from: number;
  /** The one behind the last. */
  readonly to: number;
}

/** The entries that led to the anchor and followed from it; those of its own change are among them in any case. */
const storyOf = (records: readonly Recorded[], changes: readonly (string | undefined)[], anchor: Recorded): Places => {
  const own = changes[records.indexOf(anchor)];
  const isOwn = (place: number): boolean => records[place] === anchor || (own !== undefined && changes[place] === own);
  const places = records.flatMap((_, place) => (isOwn(place) ? [place] : []));
  const [first, last] = [places[0] ?? 0, places.at(-1) ?? 0];
  const turning = new Set(changes.filter((_, place) => records[place] !== undefined && isTurn(records[place])));
  const isOthers = (place: number): boolean =>
    changes[place] !== undefined && !isOwn(place) && turning.has(changes[place]);
  const beginMs = records[first]?.atMs ?? 0;
  const isBefore = (place: number, ms: number): boolean => {
    const record = records[place];
    return record !== undefined && !isGoodLook(record) && !isOthers(place) && beginMs - record.atMs <= ms;
  };
  let from = first;
  while (isBefore(from - 1, BEFORE_MS)) from--;
  if (!records.slice(from, first).some(isBadLook)) {
    from = first;
    while (isBefore(from - 1, CALM_BEFORE_MS)) from--;
  }
  const endMs = records[last]?.atMs ?? 0;
  let to = last + 1;
  for (let isGood = false; to < records.length; to++) {
    const record = records[to];
    if (record === undefined || isOthers(to) || record.atMs - endMs > AFTER_MS || (isGood && isBadLook(record))) break;
    isGood ||= isGoodLook(record);
  }
  return { from, to };
};

/** As a link, where the entry is one: what neither led to it nor followed from it is left out. */
const kindOf = (record: Recorded, isFirstBad: boolean): LinkKind | undefined => {
  switch (record.event) {
    case 'verdict':
      return isGoodLook(record) ? 'in-order' : isFirstBad ? 'first-bad-look' : 'look';
    case 'vrrp':
      return 'keepalived';
    case 'plan':
      // The last look of a command finds nothing left to do.
      return Array.isArray(record['steps']) && record['steps'].length > 0 ? 'decision' : undefined;
    case 'step':
      return leaderAfter(record) === 'local' ? 'promoted' : 'step';
    case 'rescued':
    case 'merged':
      return 'saved';
    case 'writes-seen':
      return 'first-write-seen';
    case 'address':
    case 'claim':
    case 'end':
    case 'clients-told':
      return record.event;
    default:
      return undefined;
  }
};

const FROM_HERE: Partial<Readonly<Record<LinkKind, string>>> = {
  promoted: ': from here on this Redis takes writes',
};

const linksOf = (records: readonly Recorded[]): readonly Link[] => {
  const firstBad = records.find(isBadLook);
  const found = records.flatMap((entry) => {
    const kind = kindOf(entry, entry === firstBad);
    return kind === undefined ? [] : [{ entry, kind }];
  });
  const beginMs = found[0]?.entry.atMs ?? 0;
  return found.map(({ entry, kind }) => {
    const { text, notes } = tellEntry(entry);
    return { kind, entry, afterMs: entry.atMs - beginMs, says: `${text}${FROM_HERE[kind] ?? ''}`, notes };
  });
};

const secondsText = (ms: number): string => `${(ms / 1000).toFixed(3)} s`;

const REACHED: readonly (readonly [LinkKind, string])[] = [
  ['promoted', 'this Redis takes writes'],
  ['address', 'the address has moved'],
  ['first-write-seen', 'a look sees a write: the first one came in by then'],
  ['in-order', 'the node is fit and its pair in order again'],
];

/** How long everything took, from the first bad look, or else from what came first. */
const sumsOf = (links: readonly Link[]): readonly string[] => {
  const bad = links.find(({ kind }) => kind === 'first-bad-look');
  const begin = bad ?? links[0];
  if (begin === undefined) return [];
  const since = bad === undefined ? 'the first of these' : 'the first bad look';
  return REACHED.flatMap(([kind, words]) => {
    const reached = links.findLast((link) => link.kind === kind);
    if (reached === undefined || reached === begin || reached.afterMs < begin.afterMs) return [];
    return [`${secondsText(reached.afterMs - begin.afterMs)} after ${since}: ${words}`];
  });
};

const unknownOf = (links: readonly Link[], leads: boolean): readonly string[] => {
  const has = (kind: LinkKind): boolean => links.some((link) => link.kind === kind);
  return [
    ...(has('first-bad-look') ? [] : ['this host had seen nothing wrong before: keepalived or a person moved it']),
    ...(leads && !has('first-write-seen') ? ['no look has seen a write since: perhaps nobody wrote'] : []),
    ...(leads ? ['no look is at every write, so the time of the very first one is not known'] : []),
    'the other host has its own part of the story: redisha history why, there',
  ];
};

const titleOf = (anchor: Recorded): string => {
  const leader = leaderAfter(anchor);
  if (leader !== undefined) return leader === 'local' ? 'local became the master' : 'the peer became the master';
  return anchor['isHere'] === true ? 'the virtual address came to this host' : 'the virtual address left this host';
};

/** `undefined` where neither the role nor the address moved, then or ever. */
export const chainOf = (records: readonly Recorded[], moment: Moment | undefined): Chain | undefined => {
  const anchor = anchorIn(records, moment);
  if (anchor === undefined) return undefined;
  const changes = changesOf(records);
  const { from, to } = storyOf(records, changes, anchor);
  const links = linksOf(records.slice(from, to));
  return {
    change: changes[records.indexOf(anchor)],
    at: anchor.at,
    title: titleOf(anchor),
    links,
    sums: sumsOf(links),
    unknown: unknownOf(links, leaderAfter(anchor) === 'local'),
  };
};

/** Reads a journal from its end: whether an older entry may still belong to what was asked for. */
export const openReach = (moment: Moment | undefined): ((record: Recorded) => boolean) => {
  let fromMs = moment === undefined ? undefined : moment.fromMs - NEAR_MS;
  return (record) => {
    if (isTurn(record) || isAddress(record)) fromMs ??= record.atMs;
    return fromMs === undefined || record.atMs >= fromMs - AFTER_MS - BEFORE_MS;
  };
};
