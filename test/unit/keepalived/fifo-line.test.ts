/** What keepalived writes to its FIFO, line by line. */
import { expect, test } from 'vitest';
import { readFifoLine } from '../../../src/keepalived/fifo-line.ts';

test.each([
  ['INSTANCE "redis_6379" MASTER 200', 'MASTER'],
  ['INSTANCE "redis_6379" BACKUP 100', 'BACKUP'],
  ['INSTANCE "redis_6379" FAULT 0', 'FAULT'],
  ['INSTANCE "redis_6379" STOP 100', 'STOP'],
  ['INSTANCE "redis_6379" DELETED 100', 'STOP'],
  ['INSTANCE "redis_6379" MASTER_RX_LOWER_PRI 200', 'rival'],
] as const)('%s', (line, what) => {
  expect(readFifoLine(line)).toEqual({ instance: 'redis_6379', what });
});

test.each(['', 'VI 1', 'pair of (6379), "', 'prüfung'])('an instance that is called %j', (name) => {
  const line = `INSTANCE "${name}" MASTER 1`;
  expect(readFifoLine(line)).toEqual(name.includes('"') ? undefined : { instance: name, what: 'MASTER' });
});

test.each([
  'GROUP "both" MASTER 200',
  'INSTANCE "redis_6379" MASTER_PRIORITY 150',
  'INSTANCE "redis_6379" BACKUP_PRIORITY 150',
  'INSTANCE "redis_6379" toString 1',
  'INSTANCE "redis_6379" CONSTRUCTOR 1',
  'INSTANCE "redis_6379" MASTER',
  'INSTANCE redis_6379 MASTER 200',
  'INSTANCE "redis_6379" MASTER 200 and more',
  'STARTED',
  '',
])('%j says nothing new', (line) => {
  expect(readFifoLine(line)).toBeUndefined();
});
