/**
 * Keeps the list of the clients of the address while the other node serves them, and tells them when the address has come
 * here. What is to be done when, `core/watch/clients.ts` decides. No verdict and no role waits for any of it.
 */
import type { NodeView, Side } from '../core/model.ts';
import { isAnswering, isMaster, isSince62 } from '../core/model.ts';
import type { ClientsAction, ClientsEvent, ClientsState } from '../core/watch/clients.ts';
import { CLIENTS_MAX, NO_CLIENTS, NO_RIGHT, NO_RIGHT_HINT, stepClients } from '../core/watch/clients.ts';
import type { Clock, Journal, Log } from './ports.ts';

/** Where each client is, and at which address of the server, both with the port. */
export type Clients = ReadonlyMap<string, string>;

export interface ListedClients {
  readonly clients: Clients;
  /** The highest number of a client. */
  readonly last: number;
  readonly connections: number | undefined;
  /** Of the server's reply. */
  readonly bytes: number;
}

export interface ClientsTold {
  /** Those whose address is here now. */
  readonly clients: number;
  readonly told: number;
  /** Why not all; `undefined` where all were. */
  readonly why: string | undefined;
}

export interface ClientsWorld {
  readonly clock: Clock;
  readonly after: (ms: number, listener: () => void) => () => void;
  /** The clients of the address at the peer; why they are not known, in words. Never rejects for a fact of the world. */
  readonly list: (
    numbers: { readonly from: number; readonly to: number } | undefined,
  ) => Promise<ListedClients | string>;
  /** True afterwards: those of the clients whose address is here were sent one packet each. */
  readonly tell: (clients: Clients) => Promise<ClientsTold>;
  /** This process may send such packets; `undefined` where the kernel does not say. */
  readonly mayTell: () => boolean | undefined;
  /** An interface of this host has the address, as far as was seen lately. */
  readonly isHere: () => boolean;
  readonly log: Log;
  readonly journal: Journal;
}

class ClientsOfAddress implements AddressClients {
  readonly #world: ClientsWorld;
  #state: ClientsState = NO_CLIENTS;
  #clients: Map<string, string> = new Map();
  /** Why the last list could not be had; said once it was so twice, since a master that has just died is no news of ours. */
  #unlisted: string | undefined;
  #unlistedTimes = 0;
  #stopTimer = (): void => undefined;
  #isOver = false;

  constructor(world: ClientsWorld) {
    this.#world = world;
  }

  get report(): ClientsReport {
    return {
      known: this.#clients.size,
      unknown: this.#unlistedTimes < 2 ? undefined : this.#unlisted,
      mayTell: this.#world.mayTell(),
    };
  }

  seen(side: Side, view: NodeView): void {
    if (side === 'local') {
      this.#post({ kind: 'local', isMaster: isMaster(view) });
      return;
    }
    const isHere = this.#world.isHere();
    if (!isAnswering(view)) {
      this.#post({ kind: 'lost', isHere });
      return;
    }
    const { runId: run, connections } = view;
    const seen = { run, isMaster: isMaster(view), connections, takesNumbers: isSince62(view) };
    this.#post({ kind: 'peer', seen, isHere });
  }

  arrived(): void {
    this.#post({ kind: 'arrived' });
  }

  stop(): void {
    this.#isOver = true;
    this.#stopTimer();
  }

  #post(event: ClientsEvent): void {
    if (this.#isOver) return;
    const nowMs = this.#world.clock.nowMs();
    const { state, action, wakeAtMs } = stepClients(this.#state, event, nowMs);
    this.#state = state;
    this.#stopTimer();
    if (wakeAtMs !== undefined) {
      this.#stopTimer = this.#world.after(Math.max(1, wakeAtMs - nowMs), () => {
        this.#post({ kind: 'woken' });
      });
    }
    if (action !== undefined) this.#carryOut(action);
  }

  #carryOut(action: ClientsAction): void {
    const work = action.kind === 'list' ? this.#list(action) : this.#tell(action);
    work.catch((error: unknown) => {
      this.#world.log.error('bug', { error: error instanceof Error ? (error.stack ?? error.message) : String(error) });
    });
  }

  async #list({ run, numbers }: Extract<ClientsAction, { kind: 'list' }>): Promise<void> {
    const { list, log } = this.#world;
    const found = await list(numbers);
    if (typeof found === 'string') {
      this.#unlistedTimes = found === this.#unlisted ? this.#unlistedTimes + 1 : 1;
      this.#unlisted = found;
      if (this.#unlistedTimes === 2) log.warn('clients-unknown', { why: found });
      this.#post({ kind: 'unlisted' });
      return;
    }
    this.#unlisted = undefined;
    this.#unlistedTimes = 0;
    this.#keep(found.clients, numbers === undefined);
    const { last, connections, bytes } = found;
    this.#post({ kind: 'listed', run, isWhole: numbers === undefined, last, connections, bytes });
  }

  /** Who has left is among them until the next whole list: to tell nobody does no harm. */
  #keep(clients: Clients, isWhole: boolean): void {
    if (isWhole) this.#clients = new Map(clients);
    else for (const [client, at] of clients) this.#clients.set(client, at);
    for (const client of this.#clients.keys()) {
      if (this.#clients.size <= CLIENTS_MAX) break;
      this.#clients.delete(client);
    }
  }

  async #tell({ round, isLast }: Extract<ClientsAction, { kind: 'send' }>): Promise<void> {
    const clients = this.#clients;
    if (isLast) this.#clients = new Map();
    if (clients.size === 0) return;
    const { tell, log, journal } = this.#world;
    const { clients: count, told, why } = await tell(clients);
    // Told again they are in case a packet was lost, which nobody finds out.
    if (round > 0 || count === 0) return;
    if (why === undefined) log.info('clients-told', { clients: count, told });
    else log.warn('clients-told', { clients: count, told, why, ...(why === NO_RIGHT ? { hint: NO_RIGHT_HINT } : {}) });
    await journal.append({ event: 'clients-told', clients: count, told, ...(why === undefined ? {} : { why }) });
  }
}

/** What `status` says of it. */
export interface ClientsReport {
  /** How many are remembered. */
  readonly known: number;
  /** Why the last list could not be had. */
  readonly unknown: string | undefined;
  /** `undefined` where the kernel does not say. */
  readonly mayTell: boolean | undefined;
}

/** What a person should know of it; nothing where all is well. */
export const notesOnClients = ({ unknown, mayTell }: Partial<ClientsReport> = {}): readonly string[] => [
  ...(mayTell === false
    ? [`${NO_RIGHT}: clients that only listen are not told when the address comes here; ${NO_RIGHT_HINT}`]
    : []),
  ...(unknown === undefined
    ? []
    : [`the clients of the address are not known (${unknown}), so they are not told when the address comes here`]),
];

export interface AddressClients {
  /** What somebody who looked at a server has seen. */
  seen(side: Side, view: NodeView): void;
  /** The address is here since a moment ago; to say so twice does no harm. */
  arrived(): void;
  stop(): void;
  readonly report: ClientsReport;
}

/** True from now on: who is connected to the address at the other node is known here, and told once the address has come here. */
export const keepClients = (world: ClientsWorld): AddressClients => new ClientsOfAddress(world);
