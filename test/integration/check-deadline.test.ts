/** check against servers that do not answer as a Redis does: always an answer, never later than its deadline. */
import type { Socket } from 'node:net';
import { beforeAll, describe, expect, test } from 'vitest';
import { freePort } from '../lib/loopback.ts';
import { redisha, startRedisha, startTakesMs, type Env } from '../lib/program.ts';
import { nowMs, waitFor } from '../lib/wait.ts';
import { type Behaviour, openFake } from './lib/fake-server.ts';
import { startPair, temporary } from './lib/pair.ts';

const DEADLINE_MS = 1_500;
/** Beside what a start of the program takes. */
const SLACK_MS = 1_500;

let startMs = 0;
beforeAll(async () => {
  startMs = await startTakesMs();
});

const lateMs = (): number => startMs + DEADLINE_MS + SLACK_MS;

const slowly = (client: Socket, bytes: string): void => {
  let at = 0;
  const timer = setInterval(() => client.write(bytes[at++ % bytes.length] ?? ''), 1_000);
  client.on('close', () => clearInterval(timer));
};

const BEHAVIOURS: Readonly<Record<string, Behaviour>> = {
  'accepts and says nothing': () => undefined,
  'talks another protocol': (client) => client.write('HTTP/1.1 400 Bad Request\r\n\r\n'),
  'sends noise without end': (client) => {
    const timer = setInterval(() => client.write(Buffer.alloc(65_536, 0x41)), 5);
    client.on('close', () => clearInterval(timer));
  },
  'sends one byte a second': (client) => slowly(client, '$100\r\n# Server\r\n'),
  'promises more than it sends': (client) => client.write('$1000000\r\nredis_version:7.0.15\r\n'),
  'hangs up': (client) => client.destroy(),
  'hangs up half way': (client) => client.end('$100\r\n# Ser'),
  'resets the connection': (client) => client.resetAndDestroy(),
};

async function environment(): Promise<Env> {
  const dir = await temporary();
  return { REDISHA_STATE_DIR: `${dir}/state`, REDISHA_LOG_FILE: `${dir}/log/redisha.log` };
}

const check = async (port: number, env: Env) => {
  const fromMs = nowMs();
  const done = await redisha(['check', '127.0.0.1', String(port)], env);
  expect(nowMs() - fromMs, `${done.stdout}${done.stderr}`).toBeLessThan(lateMs());
  return done;
};

describe('a local server that', () => {
  test.each(Object.entries(BEHAVIOURS))('%s is unfit, in time, in one line', async (_name, behaviour) => {
    const { port } = await openFake(behaviour, '127.0.0.1');
    const { code, stdout, stderr } = await check(port, await environment());
    expect({ code, stderr }).toEqual({ code: 1, stderr: '' });
    expect(stdout).toMatch(/^unfit: [^\n]+ \(rule 10\)\n$/);
  });

  test('is not there is unfit at once', async () => {
    const port = await freePort(['127.0.0.1']);
    const { code, stdout } = await check(port, await environment());
    expect({ code, stdout }).toEqual({ code: 1, stdout: expect.stringContaining('refuses connections') as string });
  });

  test('is frozen is unfit, in time', async () => {
    const { a } = await startPair();
    a.redis.freeze();
    const { code, stdout } = await check(a.port, a.env);
    expect({ code, stdout }).toEqual({ code: 1, stdout: expect.stringContaining('does not answer') as string });
  });

  test('has a name that does not resolve is unfit, in time', async () => {
    const fromMs = nowMs();
    const { code, stdout } = await redisha(['check', 'no-such-host.invalid', '6379'], await environment());
    expect(nowMs() - fromMs).toBeLessThan(lateMs());
    expect(code, stdout).toBe(1);
  });
});

describe('a peer that', () => {
  test.each(Object.entries(BEHAVIOURS))(
    '%s does not make the local master unfit, nor the check late',
    async (_name, behaviour) => {
      const { a, b } = await startPair({ linked: false });
      await b.redis.kill();
      await openFake(behaviour, b.address, b.port);
      const { code, stdout } = await check(a.port, { ...a.env, REDISHA_PEER: b.address });
      expect({ code, stdout }).toEqual({
        code: 0,
        stdout: expect.stringMatching(/^fit: master.*\(rule 38\)\n$/) as string,
      });
    },
  );
});

describe('SIGTERM', () => {
  test('ends a check that hangs with a failure, never with 0', async () => {
    const server = await openFake(() => undefined, '127.0.0.1');
    const running = startRedisha(['check', '127.0.0.1', String(server.port)], await environment());
    await waitFor('the check', { deadlineMs: 20_000, everyMs: 5 }, server.visits, (visits) => visits > 0);
    running.signal('SIGTERM');
    expect(await running.ended).toEqual({ code: null, signal: 'SIGTERM' });
  });

  test('ends a check with options in the same way', async () => {
    const server = await openFake(() => undefined, '127.0.0.1');
    const running = startRedisha(['check', '127.0.0.1', String(server.port), '--verbose'], await environment());
    await waitFor('the check', { deadlineMs: 20_000, everyMs: 5 }, server.visits, (visits) => visits > 0);
    running.signal('SIGTERM');
    expect((await running.ended).code).not.toBe(0);
  });
});
