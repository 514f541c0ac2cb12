/**
 * What Node has no call for: raw sockets. libc's are called by the experimental `node:ffi`, which is loaded when something is
 * to be sent; the warning that it prints then is off in the executable (`--no-warnings`, scripts/build.mjs).
 */

/** Source: linux/include/linux/net.h. */
export const SOCK_DGRAM = 2;
export const SOCK_RAW = 3;
export const SOCK_NONBLOCK = 0o4000;
export const SOCK_CLOEXEC = 0o2000000;
/** With it the IP header is ours. Source: raw(7); uapi/linux/in.h. */
export const IPPROTO_RAW = 255;

/** A definition with other words than `arguments` and `return` is taken for a function without either, in silence. */
export const openLibc = async () => {
  const { dlopen, getRawPointer } = await import('node:ffi');
  const { functions } = dlopen(null, {
    socket: { arguments: ['int32', 'int32', 'int32'], return: 'int32' },
    setsockopt: { arguments: ['int32', 'int32', 'int32', 'pointer', 'uint32'], return: 'int32' },
    bind: { arguments: ['int32', 'pointer', 'uint32'], return: 'int32' },
    recv: { arguments: ['int32', 'pointer', 'uint64', 'int32'], return: 'int64' },
    sendto: { arguments: ['int32', 'pointer', 'uint64', 'int32', 'pointer', 'uint32'], return: 'int64' },
    close: { arguments: ['int32'], return: 'int32' },
  });
  return { ...functions, pointerTo: getRawPointer };
};

export type Libc = Awaited<ReturnType<typeof openLibc>>;
