/** Whether a file that has the name of a rescue holds one to its end: an empty or cut-short one saved nothing for certain. */
import { disk, timely } from '../host/disk.ts';

/** The longest that either form begins or ends with. */
const ENDS_BYTES = 9;
/** A dataset begins with its format. Source: redis/src/rdb.c rdbSaveRio; Valkey 9 writes its own name. */
export const RDB_MAGIC = /^(REDIS|VALKEY)\d/;
/** It ends with this and a checksum of 8 bytes, which is zero where the server makes none. Source: redis/src/rdb.h, RDB_OPCODE_EOF. */
const RDB_EOF = 0xff;

const isWholeRdb = (head: Buffer, tail: Buffer): boolean =>
  RDB_MAGIC.test(head.toString('latin1')) && tail[0] === RDB_EOF;

const isWholeResp = (head: Buffer, tail: Buffer): boolean =>
  head.toString('latin1', 0, 1) === '*' && tail.subarray(-2).toString('latin1') === '\r\n';

/** The last bytes of what passes through, to tell whether a dataset that is written is whole. */
export class Tail {
  #bytes: Buffer = Buffer.alloc(0);

  add(bytes: Buffer): void {
    this.#bytes = Buffer.from(Buffer.concat([this.#bytes, bytes.subarray(-ENDS_BYTES)]).subarray(-ENDS_BYTES));
  }

  get endsRdb(): boolean {
    return this.#bytes.length === ENDS_BYTES && this.#bytes[0] === RDB_EOF;
  }
}

/** `bytes` is the size that its sidecar tells, where it does. Never rejects. */
export const isWhole = async (file: string, size: number, bytes: number | undefined): Promise<boolean> => {
  const least = file.endsWith('.rdb') ? 2 * ENDS_BYTES : ENDS_BYTES;
  if (size < least || (bytes !== undefined && bytes !== size)) return false;
  let fd: number | undefined;
  try {
    fd = await timely(disk.open(file, 'r'));
    const [head, tail] = [Buffer.alloc(ENDS_BYTES), Buffer.alloc(ENDS_BYTES)];
    await timely(disk.read(fd, head, 0, ENDS_BYTES, 0));
    await timely(disk.read(fd, tail, 0, ENDS_BYTES, size - ENDS_BYTES));
    return file.endsWith('.rdb') ? isWholeRdb(head, tail) : isWholeResp(head, tail);
  } catch (error) {
    // What may not be read is no less a rescue.
    return ['EACCES', 'EPERM', 'ETIMEDOUT', 'EIO'].includes((error as NodeJS.ErrnoException).code ?? '');
  } finally {
    if (fd !== undefined) await timely(disk.close(fd)).catch(() => undefined);
  }
};
