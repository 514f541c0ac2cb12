/** The commands that print what belongs to redisha on a host: its manual, and what a shell completes. */
import { type Command, forPeople } from './command.ts';
import { MANUAL_PAGES, SHELLS } from './options.ts';

export const OF_SHELL: readonly Command[] = [
  forPeople({
    name: 'man',
    summary: 'print a manual page: redisha(1), or redisha.toml(5)',
    words: [{ name: 'PAGE', values: MANUAL_PAGES, doc: 'redisha or redisha.toml' }],
    orNone: true,
    options: {},
    calledBy: 'a person, packagers',
    done: 'the page has been printed',
    details: 'Without a word it is redisha(1). The output is for man or mandoc. A package installs both pages.',
    examples: ['redisha man | man -l -', 'redisha man redisha.toml | man -l -'],
    load: async () => (await import('./commands/man.ts')).run,
  }),
  forPeople({
    name: 'completion',
    summary: 'print what a shell needs to complete the command line of redisha',
    words: [{ name: 'SHELL', values: SHELLS, doc: 'bash, zsh or fish' }],
    options: {},
    calledBy: 'a person, packagers',
    done: 'the script for that shell has been printed',
    details:
      'It completes commands, options, keys of the configuration, and values where they are a short list. A package installs ' +
      'it for all three shells.',
    examples: ['redisha completion bash >/etc/bash_completion.d/redisha'],
    load: async () => (await import('./commands/completion.ts')).run,
  }),
];
