/** What the kernel lets this process do. */
import { readFileSync } from 'node:fs';

/** Source: linux/include/uapi/linux/capability.h. */
const [CAP_NET_RAW, CAP_SYS_RESOURCE] = [13n, 24n];

/** Source: proc(5), CapEff: what this process may do; CapBnd: what root can have at most. */
const has = (set: 'CapEff' | 'CapBnd', capability: bigint): boolean | undefined => {
  try {
    const [, mask] = new RegExp(`^${set}:\\s*([\\da-f]+)$`, 'm').exec(readFileSync('/proc/self/status', 'utf8')) ?? [];
    return mask === undefined ? undefined : ((BigInt(`0x${mask}`) >> capability) & 1n) === 1n;
  } catch {
    return undefined;
  }
};

/** This process may send packets of its own making; `undefined` where the kernel does not say. */
export const maySendRaw = (): boolean | undefined => has('CapEff', CAP_NET_RAW);

/** Root may lift limits on this host; `undefined` where the kernel does not say. */
export const mayLiftLimits = (): boolean | undefined => has('CapBnd', CAP_SYS_RESOURCE);
