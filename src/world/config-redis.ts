/** What this host says of its redis.conf. */
import { isOpen } from '../host/files.ts';
import { mayBindAnything, systemInterfaces } from '../host/network.ts';
import type { RedisHost } from '../redis/conf-notes.ts';

export const redisHost = (): RedisHost => ({ addresses: systemInterfaces.addresses(), mayBindAnything, isOpen });
