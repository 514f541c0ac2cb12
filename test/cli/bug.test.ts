/** A bug of ours, thrown on purpose: it ends as one, and the log says so, for keepalived throws away what its scripts say. */
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { openPlace } from './lib.ts';

/** Runs before the program, which does not know of it. The executable loads nothing that the environment names. */
const beforehand = (script: string) => ({
  NODE_OPTIONS: `--import=data:text/javascript,${encodeURIComponent(script)}`,
});

/** As soon as the program would hear of it. */
const thrownBy = (what: string): string => `
  const { on } = process;
  process.on = (name, listener) => {
    if (name === 'uncaughtException') queueMicrotask(() => { ${what} });
    return on.call(process, name, listener);
  };`;
const THROWN = thrownBy("throw new TypeError('on purpose')");
const REJECTED = thrownBy("Promise.reject(new TypeError('on purpose'))");
const MET = "process.hrtime.bigint = () => { throw new TypeError('on purpose') };";

/** A thread waits for a disk, so that the end of the process would wait too; and the kernel has no memory for another program. */
const STAYS = `
  globalThis[Symbol.for('redisha.pending')] = new Set([{}]);
  process.execve = () => { throw new Error('ENOMEM'); };`;

/** Nobody is there. */
const CHECK = ['check', '192.0.2.1', '6379'];

const fromSource = process.env['REDISHA_BIN'] === undefined;

describe.runIf(fromSource)('a bug', () => {
  test.each([
    ['that is thrown where nobody catches it', THROWN, CHECK],
    ['that is a promise of nobody', REJECTED, CHECK],
    ['that a check meets', MET, CHECK],
    ['that a person meets', MET, [...CHECK, '--verbose']],
  ])('%s ends with 70 and a line in the log', async (_name, script, args) => {
    const place = await openPlace();
    const done = await place.run(args, beforehand(script));
    expect(done).toMatchObject({ code: 70, stdout: '' });
    expect(done.stderr).toMatch(/^redisha: bug, please report it: TypeError: on purpose\n/);
    expect(place.log()).toMatch(/^\S+ ERROR check\[\d+\] bug port=6379 words="redisha: bug, [^\n]*on purpose[^\n]*\n$/);
  });

  test('is none where the kernel starts no other program: the verdict of a check is its exit code', async () => {
    const place = await openPlace();
    const done = await place.run(['check', '127.0.0.1', '1'], beforehand(STAYS));
    expect(done).toMatchObject({ code: 1, stdout: expect.stringContaining('connection refused') as unknown });
  });

  test('at the very end of a check is no verdict', async () => {
    const place = await openPlace();
    const { code } = await place.run(
      ['check', '127.0.0.1', '1'],
      beforehand("process.exit = () => { throw new TypeError('on purpose'); };"),
    );
    expect(code).toBe(70);
  });

  test('is in the journal of a pair that is known, and makes none known', async () => {
    const place = await openPlace();
    await place.run(CHECK, beforehand(THROWN));
    expect(place.made()).toEqual(['log', 'log/redisha.log']);
    const journal = join(place.dir, 'state', '6379', 'journal.jsonl');
    mkdirSync(dirname(journal), { recursive: true });
    writeFileSync(join(dirname(journal), 'pair.json'), '{}');
    await place.run(CHECK, beforehand(THROWN));
    expect(readFileSync(journal, 'utf8')).toMatch(
      /^\{[^\n]*"event":"bug","command":"check","words":"[^\n]*on purpose[^\n]*\}\n$/,
    );
  });

  test('is logged as well where the configuration cannot be read', async () => {
    const place = await openPlace('nonsense');
    expect((await place.run(CHECK)).code).toBe(3);
    expect((await place.run(CHECK, beforehand(THROWN))).code).toBe(70);
    expect(place.log()).toContain('on purpose');
  });
});
