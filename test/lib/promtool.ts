/** Prometheus' own checker, of this machine or out of Debian's package, which is not installed for it. */
import { existsSync, mkdirSync, mkdtempSync, readdirSync, renameSync, rmSync } from 'node:fs';
import { homedir } from 'node:os';
import { dirname, join } from 'node:path';
import { run, runOk } from './process.ts';
import { messageOf } from './wait.ts';

const DOWNLOAD_MS = 60_000;

/** Outside the copy of the sources, so that a fresh one need not fetch it again. */
const HOME = join(process.env['XDG_CACHE_HOME'] ?? join(homedir(), '.cache'), 'redisha', 'promtool');

const unpack = async (): Promise<string> => {
  mkdirSync(dirname(HOME), { recursive: true });
  const dir = mkdtempSync(`${HOME}.`);
  try {
    const download = [
      'sh',
      '-c',
      'cd "$1" && exec apt-get -q -o APT::Sandbox::User=root download prometheus',
      'sh',
      dir,
    ];
    await runOk(download, { timeoutMs: DOWNLOAD_MS });
    const [deb = ''] = readdirSync(dir);
    await runOk(['dpkg-deb', '-x', join(dir, deb), join(dir, 'root')], { timeoutMs: DOWNLOAD_MS });
    const program = join(dir, 'root/usr/bin/promtool');
    await runOk([program, '--version']);
    try {
      renameSync(program, HOME);
    } catch (error) {
      // Another test run was first.
      if (!existsSync(HOME)) throw error;
    }
    return HOME;
  } finally {
    rmSync(dir, { recursive: true, force: true });
  }
};

/** Where it is, or why it cannot be had here. Never rejects. */
export const findPromtool = async (): Promise<{ readonly path: string } | { readonly missing: string }> => {
  try {
    if ((await run(['promtool', '--version']).catch(() => ({ code: 1 }))).code === 0) return { path: 'promtool' };
    return { path: existsSync(HOME) ? HOME : await unpack() };
  } catch (error) {
    return { missing: `there is no promtool here: ${messageOf(error).split('\n', 1)[0] ?? ''}` };
  }
};
