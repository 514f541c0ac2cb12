/**
 * What keepalived writes to the FIFO of `vrrp_notify_fifo`, a line an event and in order.
 *
 * Source: keepalived.conf(5), vrrp_notify_fifo; keepalived/vrrp/vrrp_notify.c notify_fifo and its callers; seen on 2.1.5,
 * 2.2.7, 2.3.3 and 2.3.4.
 */
import type { VrrpState } from '../core/model.ts';

export interface FifoEvent {
  readonly instance: string;
  /** `rival`: this node is MASTER and has heard the advert of another one; it comes with each such advert. */
  readonly what: VrrpState | 'rival';
}

const LINE = /^INSTANCE "([^"]*)" ([A-Z_]+) \d+$/;

const EVENTS: Readonly<Record<string, FifoEvent['what']>> = {
  MASTER: 'MASTER',
  BACKUP: 'BACKUP',
  FAULT: 'FAULT',
  STOP: 'STOP',
  DELETED: 'STOP',
  MASTER_RX_LOWER_PRI: 'rival',
};

/** `undefined` for what is no event of an instance: groups and priorities say nothing new. */
export const readFifoLine = (line: string): FifoEvent | undefined => {
  const [, instance, word] = LINE.exec(line) ?? [];
  const what = word === undefined ? undefined : EVENTS[word];
  return instance === undefined || what === undefined ? undefined : { instance, what };
};
