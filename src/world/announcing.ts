/** What keepalived says, made known to every process of this host, and to whoever reads the journal later. */
import type { Announcement, Journal } from '../app/ports.ts';
import { lastOfKeepalived } from '../host/announcements.ts';
import type { Place } from '../host/paths.ts';
import type { AnnouncingTurn } from '../host/turn.ts';

export interface Announcing {
  readonly turn: Pick<AnnouncingTurn, 'announce'>;
  readonly place: Place;
  readonly journal: Journal;
}

/** As `announce` of the turn. A state that is new is in the journal a moment later: no failover waits for that. */
export const announceAndNote = async (
  { turn, place, journal }: Announcing,
  said: Omit<Announcement, 'saidMs'>,
): Promise<string | undefined> => {
  const isNew = said.command !== 'promote' && lastOfKeepalived(place)?.vrrpState !== said.vrrpState;
  const warning = await turn.announce(said);
  const noted = isNew ? journal.append({ event: 'vrrp', vrrpState: said.vrrpState }) : undefined;
  if (said.isRecord) await noted;
  return warning;
};
