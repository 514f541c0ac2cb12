/** Moments of the list of clients, told one after the other. */
import type { ClientsAction, ClientsEvent, ServerSeen } from '../../../../src/core/watch/clients.ts';
import { NO_CLIENTS, stepClients } from '../../../../src/core/watch/clients.ts';

export const peer = (
  connections: number | undefined,
  changes: Partial<ServerSeen> = {},
  isHere = false,
): ClientsEvent => ({
  kind: 'peer',
  seen: { run: 'R', isMaster: true, connections, takesNumbers: true, ...changes },
  isHere,
});
export const listed = (
  last: number,
  connections: number | undefined,
  changes: { isWhole?: boolean; bytes?: number } = {},
): ClientsEvent => ({
  kind: 'listed',
  run: 'R',
  isWhole: true,
  bytes: 6000,
  last,
  connections,
  ...changes,
});
export const local = (isMaster: boolean): ClientsEvent => ({ kind: 'local', isMaster });
export const ARRIVED: ClientsEvent = { kind: 'arrived' };
export const LOST: ClientsEvent = { kind: 'lost', isHere: true };
export const WOKEN: ClientsEvent = { kind: 'woken' };
export const UNLISTED: ClientsEvent = { kind: 'unlisted' };

export type Moment = readonly [atMs: number, event: ClientsEvent];

const words = (action: ClientsAction | undefined): string | undefined => {
  if (action === undefined) return undefined;
  if (action.kind === 'send') return `send ${String(action.round)}${action.isLast ? ', the last' : ''}`;
  const { numbers } = action;
  return numbers === undefined ? 'all' : `${String(numbers.from)} to ${String(numbers.to)}`;
};

/** What is done at each moment where something is, and when it wants to be woken after the last. */
export const play = (moments: readonly Moment[]): { done: readonly string[]; wakeAtMs: number | undefined } => {
  const done: string[] = [];
  let state = NO_CLIENTS;
  let wakeAtMs: number | undefined;
  for (const [atMs, event] of moments) {
    const stepped = stepClients(state, event, atMs);
    ({ state, wakeAtMs } = stepped);
    const said = words(stepped.action);
    if (said !== undefined) done.push(`${String(atMs)}: ${said}`);
  }
  return { done, wakeAtMs };
};
