/** Replies as a server may send them, and their bytes. Written apart from the product's reader on purpose. */
import * as fc from '../../properties.ts';
import { ErrorReply, type Reply } from '../../../../src/redis/wire/reply-reader.ts';

const line = fc.string({ unit: 'binary', maxLength: 30 }).map((text) => text.replaceAll(/[\r\n]/g, '.'));

const { reply } = fc.letrec<{ reply: Reply }>((tie) => ({
  reply: fc.oneof(
    { maxDepth: 4, withCrossShrink: true },
    fc.constantFrom<Reply>('OK', '', null),
    fc.string({ unit: 'binary', maxLength: 60 }),
    fc.maxSafeInteger(),
    line.map((text) => new ErrorReply(text)),
    fc.array(tie('reply'), { maxLength: 5 }),
  ),
}));

export const anyReplies = fc.array(reply, { maxLength: 8 });

/** `chance` chooses between the two forms that a text may have, and that nothing may have. */
const bytesOf = (value: Reply, chance: () => boolean): string => {
  if (value === null) return chance() ? '$-1\r\n' : '*-1\r\n';
  if (typeof value === 'number') return `:${String(value)}\r\n`;
  if (value instanceof ErrorReply) return `-${value.message}\r\n`;
  if (Buffer.isBuffer(value)) throw new Error('no such reply is made here');
  if (typeof value !== 'string')
    return `*${String(value.length)}\r\n${value.map((item) => bytesOf(item, chance)).join('')}`;
  if (!/[\r\n]/.test(value) && chance()) return `+${value}\r\n`;
  return `$${String(Buffer.byteLength(value))}\r\n${value}\r\n`;
};

/** The bytes of the replies, one behind the other. */
export const encodeReplies = (replies: readonly Reply[], chance: () => boolean = () => false): Buffer =>
  Buffer.from(replies.map((value) => bytesOf(value, chance)).join(''));

const NOISE = ['+', '-', ':', '$', '*', '\r', '\n', '\r\n', '0', '1', '-1', '9', '%', '_', '*2\r\n', '$3\r\nabc\r\n'];

/** Bytes of all sorts, most of them nearly the protocol. */
export const anyBytes = fc
  .array(
    fc.oneof(
      { weight: 3, arbitrary: fc.constantFrom(...NOISE).map((text) => Buffer.from(text)) },
      { weight: 1, arbitrary: fc.uint8Array({ maxLength: 20 }).map((bytes) => Buffer.from(bytes)) },
    ),
    { maxLength: 40 },
  )
  .map((parts) => Buffer.concat(parts));
