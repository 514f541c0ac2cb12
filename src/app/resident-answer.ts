/** What the resident answered, looked at as if anybody had said it: it is another process, and may be another version. */
import type { PortReport, ResidentAnswer } from './told.ts';

type Said = Readonly<Record<string, unknown>>;

const isRecord = (value: unknown): value is Said =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

const isNumber = (value: unknown): value is number => typeof value === 'number';

const isOptional = (value: unknown, type: 'number' | 'string' | 'boolean'): boolean =>
  value === undefined || typeof value === type;

const isClients = (value: unknown): boolean =>
  value === undefined ||
  (isRecord(value) &&
    isNumber(value['known']) &&
    isOptional(value['unknown'], 'string') &&
    isOptional(value['mayTell'], 'boolean'));

const isReport = (value: unknown): value is PortReport & { readonly port: number } =>
  isRecord(value) &&
  typeof value['fit'] === 'boolean' &&
  typeof value['why'] === 'string' &&
  [value['port'], value['rule'], value['forMs'], value['localAgeMs']].every(isNumber) &&
  isOptional(value['peerAgeMs'], 'number') &&
  isClients(value['clients']);

/** `undefined` where that is no answer; of its ports those that are reports. */
export const answerIn = (value: unknown): ResidentAnswer | undefined => {
  if (!isRecord(value)) return undefined;
  const { pid, ports } = value;
  return isNumber(pid) && Array.isArray(ports) ? { pid, ports: ports.filter(isReport) } : undefined;
};
