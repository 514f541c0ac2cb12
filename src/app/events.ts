/**
 * Everything that redisha's log and its journal can say. One spelling: lower case, dashes, what has happened or is so. An
 * event that is not here does not compile; docs/log.md is printed from here.
 */

interface Event {
  readonly in: 'log' | 'journal' | 'both';
  readonly level: 'debug' | 'info' | 'warn' | 'error' | 'info or warn';
  /** What is true when it is said. */
  readonly says: string;
}

const log = <L extends Event['level']>(level: L, says: string) => ({ in: 'log', level, says }) as const;
const both = <L extends Event['level']>(level: L, says: string) => ({ in: 'both', level, says }) as const;
const journal = <L extends Event['level']>(level: L, says: string) => ({ in: 'journal', level, says }) as const;

export const EVENTS = {
  plan: both('info', 'the pair was looked at; a rule matched; these are the next steps, or none'),
  step: both('info', 'a step begins (log); a step is done, and how long it took (journal)'),
  end: both('info or warn', 'the command ends, with this result and exit code'),
  fault: log('info', 'keepalived said FAULT; the call named no addresses'),
  stop: log('info', 'keepalived said that it stops'),
  note: log('warn', 'what a person should know before a role moves'),
  configuration: log('warn', 'what may be wrong in the configuration'),
  usage: log(
    'error',
    'keepalived calls redisha with words that it does not take; the line of keepalived.conf is wrong',
  ),
  bug: both('error', 'a bug of redisha; please report it with the line'),
  fit: log('info or warn', 'the check passes since this moment; WARN where the pair is not in order all the same'),
  unfit: log('info or warn', 'the check fails since this moment; `heal` is the repair that it starts'),
  verdict: journal('info', 'what the check says has changed, and why'),
  address: journal('info', 'the virtual address has come to this host, or has left it'),
  vrrp: journal('info', 'keepalived has said another VRRP state'),

  'handed-over': log('info', 'the role of master has moved, in this way'),
  'hand-over-way-failed': log('warn', 'this way to hand the role over did not work; the next one is tried'),
  'replica-not-resumed': log('debug', 'a replica could not be told to let writes go; its pause ends by itself'),
  'hold-not-released': log(
    'error',
    'a server could not be told to take writes again; a pause ends by itself, and the next command takes a fence down',
  ),
  'address-closed': log(
    'info',
    'the port of the old master was closed at the virtual address, and this number of client connections ended',
  ),
  'address-stays-open': log(
    'info or warn',
    'the port was not closed at the virtual address, and why: clients are told READONLY until the address has moved',
  ),
  'address-not-opened': log(
    'error',
    'a port that was closed at the virtual address could not be opened again; the next command tries it',
  ),
  'copy-not-hurried': log(
    'info',
    'the copy of a dataset was not started early; it begins when the master does so by itself, and why',
  ),
  'hold-not-renewed': log('warn', 'the writes could not be held back for longer while a dataset is saved'),
  'step-failed': log('warn', 'a step could not be done; the pair is looked at again'),
  'writes-may-be-missing': log('warn', 'the plan goes on, and these writes may be missing'),
  'address-not-told': log(
    'info or warn',
    'redisha could not tell the network where the address is; WARN where keepalived does not repeat it either',
  ),
  'writes-seen': journal(
    'info',
    'the first look since local became the master that sees a new write; the write came in before it',
  ),
  'address-told-again': log('debug', 'the network was told once more where the address is, after two nodes had it'),

  diverged: log('warn', 'both nodes took writes; which keys were written by both'),
  examined: journal('warn', 'as `diverged`, with all that was found out about both sides'),
  rescued: both('warn', 'what is about to be overwritten was saved in this file'),
  'rescued-as-dataset': log('warn', 'the writes could not be saved alone, so the whole dataset is saved'),
  'rescue-failed': log('error', 'nothing was saved; `on_rescue_failure` says what happens now'),
  merged: both('warn', 'the writes of one side were carried out on the other'),
  'merged-before': log('warn', 'an earlier command had carried out these writes already'),
  'not-mergeable': log(
    'info',
    'nothing of a server that restarted can be merged, and why; its whole dataset is rescued',
  ),
  'not-merged': log('warn', 'the writes could not be merged; they are in the rescue file'),
  pruned: both('info or warn', 'old rescue files were removed, to keep within `rescue_keep` and `rescue_max_bytes`'),
  replaced: both('info', 'a newer rescue file has everything that these files had, so they were removed'),
  'older-data': both(
    'warn',
    'a server came back from a restart with older data, or with data that nobody saw; the newer data takes its place',
  ),
  'dataset-replaced': both('warn', 'a person put a backup in the place of the dataset'),
  'look-not-noted': log('warn', 'a person looked at a rescue, and that could not be written down'),
  restored: both('warn', 'a person brought a rescue back'),

  drained: both('warn', 'a person has drained this node: it is kept unfit until `redisha resume`'),
  'stepped-down': both('info', 'keepalived on this host is about to be stopped, and the role has gone to the peer'),
  paused: both('warn', 'a person has paused redisha on this node: it changes no role until that time'),
  resumed: both('warn', 'a drain or a pause of this node has ended, and why: a person ended it, or its time was over'),

  watching: log('info', '`redisha watch` watches these ports'),
  'watching-ends': log('info', '`redisha watch` stops watching, and why'),
  'not-watched': log('error', 'a port is not watched, and why; its node is unfit'),
  'cannot-watch': log('error', 'nothing can be watched, and why; tried again'),
  'takes-over': log('info', 'the process that watched is gone, and this one goes on'),
  'nobody-guards': log('error', 'the shell that guards `redisha watch` could not be started; tried again'),
  'was-silent': log('warn', 'the process that watched was stopped or stuck; another one has ended it and goes on'),
  claim: both(
    'info',
    'from now on this node keeps the address when it meets another node that has it too; or it no longer does',
  ),
  licence: both('info', 'with a witness: whether this node may take writes without its peer has changed, and why'),
  'witness-away': log('warn', 'the witness gives no answer, and why; while both nodes live that changes nothing'),
  'witness-answers': log('info', 'the witness gives answers again'),
  'peer-not-off': log('warn', 'the program `before_takeover` did not make sure that the peer is off, and why'),
  'clients-refused': log(
    'info',
    'the address had left this host and was nowhere yet: so many attempts to connect were refused, and not left without an answer',
  ),
  'clients-told': both(
    'info or warn',
    'the address has come here, and the clients that the other node had there were told; WARN where they were not, and why',
  ),
  'clients-unknown': log('warn', 'which clients the master has at the address could not be found out, and why'),
  told: log('debug', 'an event of keepalived, as it came'),
  'settings-changed': log('info', 'the settings of a port were read anew'),
  'settings-not-read': log('error', 'the settings have a mistake; the settings from before stay'),

  'keepalived-not-told': log('error', 'the file by which keepalived hears the verdict could not be written'),
  'not-announced': log('warn', 'what keepalived said could not be written down; the check judges less well without it'),
  'state-not-written': log('warn', 'what the check found could not be written down; the next check does not know it'),
  'repair-not-started': log('error', 'the check could not start the repair; tried again after 10 s'),
  'hook-failed': log(
    'warn',
    'the program of `on_event` was not run, failed or was ended, and why; nothing else waits for it',
  ),
  'hook-dropped': log(
    'warn',
    'too many events wait for the program of `on_event`: this one and those after it are dropped',
  ),
  'journal-not-written': log('warn', 'the journal could not be written; the work goes on'),
  'memory-not-saved': log('warn', '`pair.json` could not be written; the work goes on'),
  'pair-not-remembered': log('warn', 'what redisha remembers of the pair could not be saved'),
} as const satisfies Readonly<Record<string, Event>>;

type In<Where extends Event['in']> = {
  [Name in keyof typeof EVENTS]: (typeof EVENTS)[Name]['in'] extends Where ? Name : never;
}[keyof typeof EVENTS];

type At<Level extends Event['level']> = {
  [Name in keyof typeof EVENTS]: (typeof EVENTS)[Name]['level'] extends Level ? Name : never;
}[keyof typeof EVENTS];

export type DebugEvent = In<'log' | 'both'> & At<'debug'>;
export type InfoEvent = In<'log' | 'both'> & At<'info' | 'info or warn'>;
export type WarnEvent = In<'log' | 'both'> & At<'warn' | 'info or warn'>;
export type ErrorEvent = In<'log' | 'both'> & At<'error'>;
export type JournalEvent = In<'journal' | 'both'>;
