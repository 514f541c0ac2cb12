/** The programs of contrib/hooks, with a sendmail and a curl that write down what they are given. */
import { spawnSync } from 'node:child_process';
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { root } from '../lib/sources.ts';
import { temporaryDirectory } from './temporary.ts';

const EVENT = {
  format: 1,
  event: 'unfit',
  at: '2026-11-30T03:12:04.118Z',
  host: 'a',
  port: 6379,
  says: 'redisha on a, port 6379: unfit: it said "\\no" (rule 11)\nFrom: nobody',
  why: '"says":"another","event":"fit"',
};

const SAYS = JSON.stringify(EVENT.says).slice(1, -1);

/** What the script has its program do with this event. */
const given = (script: string, event: object = EVENT) => {
  const dir = temporaryDirectory();
  const bin = join(dir, 'bin');
  mkdirSync(bin);
  for (const name of ['sendmail', 'curl'])
    writeFileSync(join(bin, name), `#!/bin/sh\nprintf '%s\\n' "$@" >'${dir}/words'\ncat >'${dir}/input'\n`, {
      mode: 0o755,
    });
  writeFileSync(join(dir, 'page.key'), 'KEY\n');
  const text = readFileSync(join(root, 'contrib', 'hooks', script), 'utf8').replaceAll('/etc/redisha', dir);
  const env = { PATH: `${bin}:/usr/bin:/bin` };
  const { status, stderr } = spawnSync('sh', ['-c', text], {
    input: `${JSON.stringify(event)}\n`,
    env,
    encoding: 'utf8',
  });
  expect({ status, stderr }).toEqual({ status: 0, stderr: '' });
  const read = (name: string): string => {
    try {
      return readFileSync(join(dir, name), 'utf8');
    } catch {
      return '';
    }
  };
  return { dir, words: read('words'), input: read('input') };
};

test('a mail has one head, whatever the event says, and the event as it came', () => {
  const { words, input } = given('mail.sh');
  expect(words).toBe('-t\n-i\n');
  const [head, ...body] = input.split('\n\n');
  expect(head?.split('\n')).toEqual([
    'To: root',
    'Subject: redisha: unfit on a',
    'Content-Type: text/plain; charset=UTF-8',
  ]);
  expect(body[0]).toBe(SAYS);
  expect(JSON.parse(body.at(-1) ?? '')).toEqual(EVENT);
});

test('a word in a chat room is JSON, and the address of the room is no word of curl', () => {
  const { dir, words, input } = given('chat.sh');
  expect(JSON.parse(input)).toEqual({ text: `unfit: ${EVENT.says}` });
  expect(words).toContain(`--config\n${dir}/chat.curl\n`);
});

test.each([
  ['unfit', 'trigger', 'unfit'],
  ['fit', 'resolve', 'unfit'],
  ['not-in-order', 'trigger', 'not-in-order'],
  ['in-order-again', 'resolve', 'not-in-order'],
  ['rescue-made', 'trigger', 'rescue-made'],
])('a page for %s: %s', (event, action, what) => {
  const { words, input } = given('page.sh', { ...EVENT, event });
  expect(JSON.parse(input)).toEqual({
    routing_key: 'KEY',
    event_action: action,
    dedup_key: `redisha-a-6379-${what}`,
    payload: { summary: EVENT.says, source: 'a', severity: 'critical' },
  });
  expect(words).not.toContain('KEY');
});

test('nobody is paged for a role that moved', () => {
  expect(given('page.sh', { ...EVENT, event: 'role-changed' })).toMatchObject({ words: '', input: '' });
});
