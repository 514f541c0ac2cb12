/** What the kernel lets this process do. */
import { readFileSync } from 'node:fs';

/** Source: linux/include/uapi/linux/capability.h. */
const CAP_NET_RAW = 13;

/** This process may send packets of its own making; `undefined` where the kernel does not say. Source: proc(5), CapEff. */
export const maySendRaw = (): boolean | undefined => {
  try {
    const [, mask] = /^CapEff:\s*([\da-f]+)$/m.exec(readFileSync('/proc/self/status', 'utf8')) ?? [];
    return mask === undefined ? undefined : (BigInt(`0x${mask}`) & (1n << BigInt(CAP_NET_RAW))) !== 0n;
  } catch {
    return undefined;
  }
};
