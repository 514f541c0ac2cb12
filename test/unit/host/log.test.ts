import { execFileSync } from 'node:child_process';
import { chmodSync, lchownSync, readFileSync, statSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { describe, expect, test } from 'vitest';
import { run } from '../../lib/process.ts';
import { temporaryDirectory, temporaryFile } from '../temporary.ts';

const program = fileURLToPath(new URL('log-process.ts', import.meta.url));

/** A process that logs, with keepalived's umask; what it said on its streams. */
const logTo = (file: string, format: 'text' | 'json', toStderr: 'yes' | 'no' = 'no') =>
  run(['sh', '-c', `umask 0177; exec "${process.execPath}" "${program}" "${file}" ${format} ${toStderr}`]);

const pipeIn = (directory: string): string => {
  const path = join(directory, 'redisha.log');
  execFileSync('mkfifo', [path]);
  return path;
};

const theirLink = (directory: string): string => {
  const path = join(directory, 'redisha.log');
  symlinkSync(temporaryFile('victim', ''), path);
  lchownSync(path, 4711, 4712);
  return path;
};

const TIME = String.raw`\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z`;
const TEXT = new RegExp(
  String.raw`^${TIME} WARN master\[\d+\] step-failed rule=230 why="the \\"peer\\"\\nis dead" password=\(hidden\) pair=\{"masterauth":"\(hidden\)","up":true\}\n` +
    String.raw`${TIME} INFO master\[\d+\] end error="LINK_DOWN: the link is down" empty=""\n$`,
);

describe('the log', () => {
  test('is a line of text an event, in a directory and a file that people may read', async () => {
    const directory = join(temporaryDirectory(), 'log', 'redisha');
    const file = join(directory, 'redisha.log');
    expect(await logTo(file, 'text')).toMatchObject({ code: 0, stdout: '', stderr: '' });
    expect(readFileSync(file, 'utf8')).toMatch(TEXT);
    expect([statSync(directory).mode & 0o777, statSync(file).mode & 0o777]).toEqual([0o750, 0o640]);
  });

  test('is JSON where that is wanted', async () => {
    const file = join(temporaryDirectory(), 'redisha.log');
    expect(await logTo(file, 'json')).toMatchObject({ code: 0, stdout: '', stderr: '' });
    const content = readFileSync(file, 'utf8');
    const [first, second] = content
      .trimEnd()
      .split('\n')
      .map((line): unknown => JSON.parse(line));
    expect(content).not.toContain('hunter2');
    const time = expect.stringMatching(new RegExp(`^${TIME}$`)) as unknown;
    expect(first).toMatchObject({
      level: 'warn',
      time,
      command: 'master',
      event: 'step-failed',
      rule: 230,
      pair: { up: true },
    });
    expect(second).toMatchObject({ level: 'info', event: 'end', error: 'LINK_DOWN: the link is down' });
  });

  test('is appended to, and a file that logrotate made keeps its mode', async () => {
    const file = temporaryFile('redisha.log', 'before\n');
    chmodSync(file, 0o604);
    await logTo(file, 'text');
    expect(readFileSync(file, 'utf8')).toMatch(/^before\n.* step-failed .*\n.* end .*\n$/);
    expect(statSync(file).mode & 0o777).toBe(0o604);
  });

  test('is on stderr too, as text, where a person looks on', async () => {
    const file = join(temporaryDirectory(), 'redisha.log');
    expect((await logTo(file, 'json', 'yes')).stderr).toMatch(TEXT);
    expect(readFileSync(file, 'utf8')).toMatch(/^\{/);
  });

  test.each([
    ['a file in the way of the directory', () => join(temporaryFile('no-directory', ''), 'redisha.log'), 'ENOTDIR'],
    ['a directory in the way of the file', () => temporaryDirectory(), 'EISDIR'],
    ['a full disk', () => '/dev/full', 'ENOSPC'],
    ['a pipe that nobody reads', () => pipeIn(temporaryDirectory()), 'ENXIO'],
  ])('goes to stderr after one complaint, and the work goes on: %s', async (_name, place, code) => {
    const file = place();
    const { code: exit, stderr } = await logTo(file, 'text');
    expect(exit).toBe(0);
    const [complaint, ...lines] = stderr.split(/(?<=\n)/);
    expect(complaint).toBe(`redisha: cannot write the log ${file}: ${code}\n`);
    expect(lines.join('')).toMatch(TEXT);
  });

  test.runIf(process.geteuid?.() === 0)('goes nowhere by way of another user’s link', async () => {
    const file = theirLink(temporaryDirectory());
    expect((await logTo(file, 'text')).stderr).toContain(`redisha: cannot write the log ${file}: ELOOP\n`);
    expect(readFileSync(file, 'utf8')).toBe('');
  });

  test('says nothing twice where stderr has the lines anyway', async () => {
    const { stderr } = await logTo('/dev/full', 'text', 'yes');
    expect(stderr.match(/step-failed/g)).toHaveLength(1);
    expect(stderr.match(/cannot write the log/g)).toHaveLength(1);
  });

  test('survives a reader of stderr that is gone', async () => {
    const file = join(temporaryDirectory(), 'out');
    writeFileSync(file, '');
    const command = `"${process.execPath}" "${program}" /dev/full text no 2>&-; echo "exit $?" > "${file}"`;
    await run(['sh', '-c', command]);
    expect(readFileSync(file, 'utf8')).toBe('exit 0\n');
  });
});
