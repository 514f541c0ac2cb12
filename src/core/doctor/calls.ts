/** Which commands of a keepalived.conf are redisha's. */
import type { CallSaid, InstanceSaid, KeepalivedSaid } from './facts.ts';

export const isOurs = ({ command }: CallSaid): boolean => command !== undefined;
export const isAbout = ({ calls }: InstanceSaid): boolean => calls.some(isOurs);

/** `isConfigured`: redisha.toml has the pair. */
export const takesWords = ({ fits }: Pick<CallSaid, 'fits'>, isConfigured: boolean): boolean =>
  fits === 'right' || (fits === 'configured' && isConfigured);

export const callsOf = ({ instances, checks, resident }: KeepalivedSaid): readonly CallSaid[] => [
  ...instances.flatMap(({ calls, later }) => [...calls, ...later]),
  ...checks.flatMap(({ call }) => call ?? []),
  ...(resident === undefined ? [] : [resident.call]),
];
