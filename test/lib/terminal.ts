/** A program on a pseudo-terminal, as a person sits before one. The terminal is that of `script` (util-linux). */
import { spawn } from 'node:child_process';
import { stripVTControlCharacters } from 'node:util';
import { type Enter, type Env, programArgv } from './program.ts';
import { waitFor, within } from './wait.ts';

const DEADLINE_MS = 20_000;

export const KEYS = { enter: '\r', down: '\u001B[B', ctrlC: '\u0003', yes: 'y', no: 'n' } as const;

const quoted = (word: string): string => `'${word.replaceAll("'", String.raw`'\''`)}'`;

const SCRIPT = ['script', '--quiet', '--return', '--flush', '--command'];

interface Seat {
  /** Wide enough for every line, unless it is said. */
  readonly columns?: number;
  readonly program?: readonly string[];
  /** Onto another host. */
  readonly enter?: Enter;
}

export class Terminal {
  readonly #child;
  readonly #ended: Promise<number | null>;
  #seen = '';
  #read = 0;

  /** redisha runs with these words. */
  constructor(args: readonly string[], env: Env, seat: Seat = {}) {
    const { columns = 250, program = programArgv([]), enter = (argv) => argv } = seat;
    const line = `stty cols ${String(columns)} rows 60; exec ${[...program, ...args].map(quoted).join(' ')}`;
    const [file = '', ...words] = enter([...SCRIPT, line, '/dev/null']);
    this.#child = spawn(file, words, {
      env: { ...process.env, TERM: 'xterm', SHELL: '/bin/sh', ...env },
      stdio: ['pipe', 'pipe', 'inherit'],
    });
    this.#child.stdout.setEncoding('utf8').on('data', (text: string) => (this.#seen += text));
    this.#child.stdin.on('error', () => undefined);
    this.#ended = new Promise((resolve, reject) => {
      this.#child.once('error', reject);
      this.#child.once('close', resolve);
    });
  }

  /** With everything that the terminal obeys. */
  get raw(): string {
    return this.#seen;
  }

  get text(): string {
    return stripVTControlCharacters(this.#seen).replaceAll('\r', '');
  }

  /** The text has come up since the last answer; then the keys are pressed. */
  async answer(text: string, ...keys: readonly string[]): Promise<void> {
    const since = (): string => this.text.slice(this.#read);
    await waitFor(`"${text}" on the terminal`, { deadlineMs: DEADLINE_MS, everyMs: 5 }, since, (now) =>
      now.includes(text),
    );
    this.#read = this.text.length;
    for (const key of keys) this.#child.stdin.write(key);
  }

  /** The exit code. */
  async end(): Promise<number | null> {
    try {
      return await within(`the end of:\n${this.text}`, DEADLINE_MS, this.#ended);
    } finally {
      if (this.#child.exitCode === null) this.#child.kill('SIGKILL');
    }
  }
}
