/** The commands that say what is to happen with this node while people work on its host. */
import { type Command, forPeople } from './command.ts';
import { DRAIN, PAUSE, READ } from './options.ts';
import { PAIRS } from './word-specs.ts';

export const OF_MAINTENANCE: readonly Command[] = [
  forPeople({
    name: 'drain',
    summary: 'give role and address away and keep this node unfit, so that this host can be stopped',
    words: PAIRS,
    orNone: true,
    options: DRAIN,
    calledBy: 'a person',
    done: 'it is safe to stop or reboot this host: role, address and all data are at the peer, and this node stays unfit until `resume`',
    details:
      'Without words it takes every pair of this host. The role moves as by promote on the other node: no client sees ' +
      'READONLY. If that is not safe, it says why and changes nothing. Exit code 1 means: the node is drained, but it is not ' +
      'safe to stop it. It stays drained over reboots. See "Reboot a host" in docs/operations.md.',
    examples: ['redisha drain', 'redisha drain --reason "new kernel"'],
    load: async () => (await import('./commands/drain.ts')).run,
  }),
  forPeople({
    name: 'step-down',
    summary: 'give the role to the other node, because keepalived on this host is about to be stopped',
    words: PAIRS,
    orNone: true,
    options: READ,
    calledBy: '`ExecStop` of keepalived.service; install.sh writes it',
    done: 'the role is at the peer, or this node has not got it or the address, so there was nothing to do',
    details:
      'Without words it takes every pair of this host. It takes at most 5 seconds. Each client of the address sees one closed ' +
      'connection, and the address follows when keepalived stops. If the role cannot go, it says why, changes nothing, and ' +
      'exits with 4. Unlike drain it leaves nothing behind: when keepalived starts again, this node is a backup like any ' +
      'other. See "Stop or restart keepalived" in docs/operations.md.',
    examples: ['redisha step-down'],
    load: async () => (await import('./commands/step-down.ts')).run,
  }),
  forPeople({
    name: 'pause',
    summary: 'change no role on this node for a while, and only record what keepalived says',
    words: PAIRS,
    orNone: true,
    options: PAUSE,
    calledBy: 'a person',
    done: 'until the time is over redisha changes no role on this host, and its verdict stays as it was',
    details:
      'It needs --for and --reason. It ends by itself or with resume. Without words it takes every pair of this host. It holds ' +
      'for this node alone: type the same on the other one. keepalived itself goes on, and moves the address if a host fails.',
    examples: ['redisha pause --for 2h --reason "new switch"'],
    load: async () => (await import('./commands/pause.ts')).run,
  }),
  forPeople({
    name: 'resume',
    summary: 'end a drain or a pause of this node',
    words: PAIRS,
    orNone: true,
    options: READ,
    calledBy: 'a person',
    done: 'this node is neither drained nor paused; it says what it ended, and whether the address comes back',
    details: 'Without words it takes every pair of this host. The next look judges the node as any other.',
    examples: ['redisha resume'],
    load: async () => (await import('./commands/resume.ts')).run,
  }),
];
