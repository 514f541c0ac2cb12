/**
 * The licence of the model, from the process that holds it to its server: PSYNC, and an acknowledgement twice a second, on a
 * connection that ends with the process. Follows src/redis/licence-connection.ts.
 */
import type { Licence } from '../../src/app/ports/licence.ts';
import type { Attached } from './counting.ts';
import type { Process } from './process.ts';
import { LOCAL_MS } from './process.ts';
import type { Server } from './server.ts';

const ACKNOWLEDGE_EVERY_MS = 500;
const DEADLINE_MS = 1000;

interface Open {
  readonly attached: Attached;
  isOver: boolean;
}

export class LicenceModel implements Licence {
  readonly #process: Process;
  readonly #server: Server;
  #open: Open | undefined;
  #onEnded: (why: string) => void = () => undefined;

  constructor(process: Process) {
    this.#process = process;
    this.#server = process.host.servers[process.host.index];
    process.closes.push(() => {
      this.#close();
    });
  }

  get #faults() {
    return this.#server.base.faults;
  }

  onEnded(listener: (why: string) => void): void {
    this.#onEnded = listener;
  }

  /** What is said arrives although the process may have died; the server reads it when it is awake. */
  #say(run: () => void): void {
    const { life } = this.#server;
    this.#server.base.engine.after(LOCAL_MS, () => {
      if (this.#server.life === life) this.#server.awake(run);
    });
  }

  async attach(isValid: () => boolean): Promise<string | undefined> {
    this.#close();
    const process = this.#process;
    if (!process.lives()) return new Promise<never>(() => undefined);
    const { promise, resolve } = Promise.withResolvers<string | undefined>();
    const settle = (why?: string): void => {
      process.whenAwake(() => {
        this.#server.base.engine.dirty = true;
        resolve(why);
      });
    };
    const open: Open = {
      isOver: false,
      attached: {
        online: false,
        ackMs: 0,
        onEnd: () => {
          this.#server.base.engine.after(LOCAL_MS, () => process.whenAwake(() => this.#ended(open)));
        },
      },
    };
    this.#open = open;
    if (!this.#server.up) return 'refused';
    this.#say(() => {
      if (open.isOver) return;
      this.#begin(open.attached, settle);
    });
    process.after(DEADLINE_MS, () => settle('no answer'));
    const why = await promise;
    if (why !== undefined) this.#close();
    else this.#acknowledge(open, isValid);
    return open.isOver ? (why ?? 'it ended while it was begun') : why;
  }

  /** Source: syncCommand. A server without a backlog sends a copy first. */
  #begin(attached: Attached, settle: (why?: string) => void): void {
    const server = this.#server;
    if (server.loading) {
      settle('LOADING');
      return;
    }
    const isCopied = server.backlog === undefined;
    server.replication.beginHistory();
    server.counting.attach(attached);
    const online = (): void => {
      if (server.counting.licence !== attached) return;
      attached.online = true;
      attached.ackMs = server.wallMs;
      server.note(() => 'has a licence attached');
      server.counting.count();
    };
    if (isCopied) server.later(server.base.config.transferMs, online);
    else online();
    settle();
  }

  #acknowledge(open: Open, isValid: () => boolean): void {
    const process = this.#process;
    if (open.isOver || !process.alive) return;
    if (!isValid() && this.#faults.keepsLicence !== true) {
      this.#close();
      this.#onEnded('the lease has ended');
      return;
    }
    this.#say(() => {
      open.attached.ackMs = this.#server.wallMs;
    });
    process.after(ACKNOWLEDGE_EVERY_MS, () => this.#acknowledge(open, isValid));
  }

  /** The server has ended it. */
  #ended(open: Open): void {
    if (open.isOver) return;
    open.isOver = true;
    this.#server.base.engine.dirty = true;
    this.#onEnded('the server closed the connection');
  }

  #close(): void {
    const open = this.#open;
    if (open === undefined || open.isOver) return;
    open.isOver = true;
    this.#say(() => {
      if (this.#server.counting.licence === open.attached) this.#server.counting.drop();
    });
  }

  endLinks(): void {
    if (!this.#process.lives()) return;
    this.#say(() => {
      this.#server.note(() => 'is told to end the links of its replicas');
      this.#server.replication.disconnectReplicas();
    });
  }

  detach(): void {
    if (this.#faults.keepsLicence === true) return;
    this.#close();
  }
}
