/**
 * When the network is told once more where the address is, after two nodes had it.
 *
 * Both keepaliveds announce it. The one that gives way may do so after we did: until it has heard an advert, and a second time
 * some seconds after it became MASTER. Hosts that heard it last send to a node that has no such address any more.
 * Source: keepalived/vrrp/vrrp.c vrrp_state_master_tx, vrrp_send_link_update (only as long as it has the addresses).
 */

/** The kernel asks three times, a second apart, for a host that is not there; before that is over it begins no new question. */
const EVERY_MS = 3_500;

/** A keepalived that takes longer for its second announcement has to be seen to by its `garp_master_refresh`. */
const SECOND_WORD_MAX_MS = 60_000;

/**
 * The moments, in ms after the first telling. The last is when the other node can announce it no more, if it became MASTER
 * before the first telling and says so a second time `secondWordMs` later.
 */
export const tellAgainMs = (secondWordMs: number): readonly number[] => {
  const boundMs = Math.min(secondWordMs, SECOND_WORD_MAX_MS);
  return Array.from({ length: 1 + Math.ceil(boundMs / EVERY_MS) }, (_, index) => (index + 1) * EVERY_MS);
};
