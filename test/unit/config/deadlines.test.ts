/** How long whom is waited for, from the options. */
import { describe, expect, test } from 'vitest';
import { checkDeadlines, lookDeadlineMs, peerDeadlines, watchDeadlines } from '../../../src/config/deadlines.ts';
import type { Flags } from '../../../src/config/levels.ts';
import { loadSettings } from '../../../src/config/load.ts';

const settingsOf = (flags: Flags = {}) =>
  loadSettings({
    flags,
    env: {},
    configFile: '/dev/null',
    readRedisConf: () => Promise.reject(new Error('no redis.conf is named')),
  });

describe('a check that looks once', () => {
  test('has its deadline but for what it takes to start and to judge, and its parts go into that', async () => {
    const { check } = await settingsOf();
    const { connectTimeoutMs, commandTimeoutMs } = checkDeadlines(check);
    expect([lookDeadlineMs(check), connectTimeoutMs, commandTimeoutMs]).toEqual([1000, 500, 500]);
  });

  test('whose connection may take all of it waits a moment for a reply all the same', async () => {
    const { check } = await settingsOf({ check_deadline: '600ms', check_connect_timeout: '500ms' });
    expect(checkDeadlines(check).commandTimeoutMs).toBe(100);
  });
});

test('the resident hears whatever comes before it would give up itself', async () => {
  const { check } = await settingsOf({ watch_busy_after: '7s' });
  expect(watchDeadlines(check)).toEqual({ connectTimeoutMs: 500, commandTimeoutMs: 14_000 });
});

describe('the peer of a command that changes roles', () => {
  test('is waited for until it counts as gone, or as frozen', async () => {
    expect(peerDeadlines(await settingsOf())).toEqual({ connectTimeoutMs: 400, commandTimeoutMs: 750 });
  });

  test('is not waited for longer than any other server', async () => {
    const flags = { connect_timeout: '300ms', command_timeout: '500ms' };
    expect(peerDeadlines(await settingsOf(flags))).toEqual({ connectTimeoutMs: 300, commandTimeoutMs: 500 });
  });
});
