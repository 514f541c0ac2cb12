/** The limit on waiting. */
import { describe, expect, test } from 'vitest';
import { inTime, within } from '../../../src/host/deadline.ts';

const never = new Promise<string>(() => undefined);

describe('what is waited for', () => {
  test('is had when it comes in time, and is given up when it does not', async () => {
    expect(await within(10_000, Promise.resolve('here'), 'late')).toBe('here');
    expect(await within(1, never, 'late')).toBe('late');
  });

  test('rejects as it would by itself, and with a reason when it is given up', async () => {
    const broken = Promise.reject(new Error('broken'));
    await expect(inTime(10_000, broken, () => new Error('late'))).rejects.toThrow('broken');
    await expect(inTime(1, never, () => new Error('late'))).rejects.toThrow('late');
  });

  test('may fail later, and nobody is troubled', async () => {
    const { promise: failing, reject } = Promise.withResolvers<never>();
    expect(await within(1, failing, 'late')).toBe('late');
    reject(new Error('too late to matter'));
    await expect(failing).rejects.toThrow('too late to matter');
  });

  test('is heard before the clock, where both are due at once', async () => {
    const work = new Promise<string>((resolve) => {
      setImmediate(resolve, 'here');
    });
    const waiting = within(1, work, 'late');
    // A process that is kept from running.
    for (const endMs = performance.now() + 20; performance.now() < endMs; );
    expect(await waiting).toBe('here');
  });
});
