/** What the resident has told keepalived and knows itself, and what is wrong with how keepalived hears of it. */
import type { Finding, HostFacts } from '../core/order.ts';
import type { ClientsReport } from './clients.ts';
import type { LicenceReport } from './licence.ts';
import type { Announcement } from './ports.ts';
import type { WatchReport } from './watch.ts';

/** What a check that stays has written for keepalived. */
export interface Told {
  readonly path: string;
  /** `undefined` where nothing that keepalived understands stands there. */
  readonly fit: boolean | undefined;
  /** Seconds since somebody looked; `undefined` where nobody has since the host was started. */
  readonly lookedS: number | undefined;
  /** What the resident says itself; `undefined` where it does not answer this user. */
  readonly resident: (PortReport & { readonly pid: number }) | undefined;
  /** The same look by hand, as the user of the scripts; `undefined` where keepalived.conf does not name one. */
  readonly byHand: string | undefined;
}

/** What the resident answers about one port. */
export interface PortReport extends WatchReport {
  /** Absent where a version before this one answers. */
  readonly clients?: ClientsReport;
  /** Absent without a witness. */
  readonly licence?: LicenceReport;
}

/** What the resident answers about all of its ports. */
export interface ResidentAnswer {
  readonly pid: number;
  readonly ports: readonly (PortReport & { readonly port: number })[];
}

/** What tells whether keepalived hears of the verdict. */
interface Hearing {
  readonly told: Told | undefined;
  readonly said: Announcement | undefined;
  readonly host: Pick<HostFacts, 'keepalived'>;
}

/** So long nobody needs to look for. */
const BLIND_S = 5;

/** By the pair alone nobody sees that keepalived keeps off an address that it should have, or hears of no failure. */
export const untoldOf = ({ told, said, host }: Hearing): readonly Finding[] => {
  if (told === undefined) return [];
  const { path, lookedS, byHand } = told;
  const isOver = said?.vrrpState === 'STOP' || host.keepalived === 'gone';
  if ((lookedS === undefined || lookedS > BLIND_S) && !isOver) {
    const also = byHand === undefined ? '' : `, and perhaps "${byHand}"`;
    const since = lookedS === undefined ? 'nobody looks' : `nobody has looked for ${String(lookedS)} s`;
    const says = `${since} at this node: "not-watched" in the log says why${also}`;
    return [{ code: 'not-watched', says, next: 'systemctl restart keepalived starts "redisha watch"' }];
  }
  if (told.fit === true) return [];
  const next = byHand ?? 'redisha check';
  if (told.fit === undefined) {
    const says = `keepalived hears nothing from redisha: ${path} cannot be read`;
    return [{ code: 'not-told', says, next: `ls -l ${path}` }];
  }
  const says = `keepalived is told that this node is not fit (${path}): "unfit" in the log says why`;
  return [{ code: 'told-unfit', says, next }];
};
