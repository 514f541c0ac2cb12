/** Child processes with captured, time-stamped output and a known end. */
import { type ChildProcess, spawn } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { nowMs, waitFor, within } from './wait.ts';

export interface OutputLine {
  readonly atMs: number;
  readonly text: string;
}

export interface Finished {
  readonly code: number | null;
  readonly signal: NodeJS.Signals | null;
  readonly stdout: string;
  readonly stderr: string;
}

export interface RunOptions {
  readonly timeoutMs?: number;
  readonly env?: Readonly<Record<string, string>>;
  readonly input?: string;
}

const LINES_MAX = 50_000;

/** The environment of every child: ours, with the directories where Debian keeps `ip` and `keepalived`. */
function childEnv(extra: Readonly<Record<string, string>> = {}): NodeJS.ProcessEnv {
  const path = [process.env['PATH'] ?? '', '/usr/sbin', '/sbin', '/usr/local/sbin'].join(':');
  return { ...process.env, PATH: path, LC_ALL: 'C', ...extra };
}

/** The program ran to its end (whatever its exit code). @throws when it has not ended within `timeoutMs`. */
export async function run(argv: readonly string[], options: RunOptions = {}): Promise<Finished> {
  const [file = '', ...args] = argv;
  const { timeoutMs = 10_000 } = options;
  const child = spawn(file, args, { env: childEnv(options.env), stdio: ['pipe', 'pipe', 'pipe'] });
  let stdout = '';
  let stderr = '';
  child.stdout.setEncoding('utf8').on('data', (text: string) => (stdout += text));
  child.stderr.setEncoding('utf8').on('data', (text: string) => (stderr += text));
  child.stdin.on('error', () => undefined);
  child.stdin.end(options.input ?? '');
  try {
    return await within(
      argv.join(' '),
      timeoutMs,
      new Promise<Finished>((resolve, reject) => {
        child.once('error', reject);
        child.once('close', (code, signal) => resolve({ code, signal, stdout, stderr }));
      }),
    );
  } finally {
    if (child.exitCode === null) child.kill('SIGKILL');
  }
}

/** Like `run`, but an exit code other than 0 is an error that carries what the program said. */
export async function runOk(argv: readonly string[], options: RunOptions = {}): Promise<string> {
  const done = await run(argv, options);
  if (done.code !== 0) {
    throw new Error(`${argv.join(' ')}: exit ${done.code ?? done.signal}: ${done.stderr || done.stdout}`);
  }
  return done.stdout;
}

/** The children of a process, as its own thread group leader forked them. */
export function childPids(pid: number): readonly number[] {
  try {
    const text = readFileSync(`/proc/${pid}/task/${pid}/children`, 'utf8');
    return text.split(' ').filter(Boolean).map(Number);
  } catch {
    return [];
  }
}

function descendant(pid: number, generations: number): number | undefined {
  if (generations === 0) return pid;
  const [child] = childPids(pid);
  return child === undefined ? undefined : descendant(child, generations - 1);
}

function sendSignal(pid: number, name: NodeJS.Signals): void {
  try {
    process.kill(pid, name);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ESRCH') throw error;
  }
}

/** A long-running child: its lines as they come, its end as a promise. */
export class Running {
  readonly #child: ChildProcess;
  readonly lines: OutputLine[] = [];
  readonly ended: Promise<{ code: number | null; signal: NodeJS.Signals | null }>;
  readonly name: string;
  readonly #listeners: ((line: OutputLine) => void)[] = [];
  #over = false;
  #program: number | undefined;

  constructor(argv: readonly string[], env: Readonly<Record<string, string>> = {}) {
    const [file = '', ...args] = argv;
    this.name = argv.join(' ');
    this.#child = spawn(file, args, { env: childEnv(env), stdio: ['pipe', 'pipe', 'pipe'] });
    this.#child.stdin?.on('error', () => undefined);
    for (const stream of [this.#child.stdout, this.#child.stderr]) this.#collect(stream);
    this.ended = new Promise((resolve, reject) => {
      this.#child.once('error', reject);
      this.#child.once('close', (code, signal) => {
        this.#over = true;
        resolve({ code, signal });
      });
    });
    this.ended.catch(() => {
      this.#over = true;
    });
  }

  get pid(): number {
    return this.#child.pid ?? 0;
  }

  /** The program that signals go to. */
  get program(): number {
    return this.#program ?? this.pid;
  }

  get over(): boolean {
    return this.#over;
  }

  get text(): string {
    return this.lines.map((line) => line.text).join('\n');
  }

  onLine(listener: (line: OutputLine) => void): void {
    for (const line of this.lines) listener(line);
    this.#listeners.push(listener);
  }

  write(text: string): void {
    this.#child.stdin?.write(text);
  }

  closeInput(): void {
    this.#child.stdin?.end();
  }

  /** Signals go to the program behind so many wrappers, from now on (or to nobody, if it has ended already). */
  async wraps(wrappers: number): Promise<void> {
    const look = (): number | undefined => descendant(this.pid, wrappers);
    const found = (pid: number | undefined): boolean => pid !== undefined || this.#over;
    this.#program = await waitFor(`the program behind ${this.name}`, { deadlineMs: 20_000, everyMs: 2 }, look, found);
  }

  signal(name: NodeJS.Signals): void {
    if (this.#over) return;
    sendSignal(this.program, name);
  }

  /** The program has ended: asked with `name`, killed when it has not obeyed within `deadlineMs`. */
  async stop(name: NodeJS.Signals = 'SIGTERM', deadlineMs = 10_000): Promise<void> {
    this.signal(name);
    try {
      await waitFor(`the end of ${this.name}`, { deadlineMs, everyMs: 10 }, () => this.over, Boolean);
    } finally {
      this.signal('SIGKILL');
    }
  }

  /** A line that `accept` takes has been printed. */
  async said(what: string, deadlineMs: number, accept: (text: string) => boolean): Promise<OutputLine> {
    const look = (): OutputLine | undefined => {
      const found = this.lines.find((line) => accept(line.text));
      if (found === undefined && this.#over) throw new Error(`${this.name} ended:\n${this.text}`);
      return found;
    };
    const found = await waitFor(
      `${what} from ${this.name}`,
      { deadlineMs, everyMs: 5 },
      look,
      (line) => line !== undefined,
    );
    if (found === undefined) throw new Error('unreachable');
    return found;
  }

  #collect(stream: NodeJS.ReadableStream | null): void {
    let rest = '';
    stream?.setEncoding('utf8').on('data', (text: string) => {
      const parts = (rest + text).split('\n');
      rest = parts.pop() ?? '';
      for (const part of parts) {
        const line = { atMs: nowMs(), text: part };
        if (this.lines.length < LINES_MAX) this.lines.push(line);
        for (const listener of this.#listeners) listener(line);
      }
    });
  }
}
