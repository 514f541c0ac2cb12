/** What a shell completes on the command line of redisha, and the script for each shell. */
import type { Command } from './command.ts';
import { flagOf } from './option-kinds.ts';
import type { KeyTold } from '../config/told.ts';

type Wanted =
  | { readonly kind: 'none' | 'files' | 'directories' }
  | { readonly kind: 'words'; readonly words: readonly string[] };

interface CompletedOption {
  readonly long: string;
  readonly short: string | undefined;
  readonly says: string;
  /** `undefined` where the option takes no value. */
  readonly value: Wanted | undefined;
  /** What stands for the value in the help. */
  readonly named: string;
  readonly repeats: boolean;
}

interface Completed {
  readonly name: string;
  readonly says: string;
  readonly options: readonly CompletedOption[];
  /** What the first word may be. */
  readonly words: readonly string[];
  /** Whether some word may be a file. */
  readonly takesFile: boolean;
}

const SAYS_MAX = 72;

/** A few words of a sentence or of several, for a list: without what shells would take for their own. */
const brief = (doc: string): string => {
  const [first = ''] = doc.replaceAll(/[`'"\\$[\]]/g, '').split(/[.;:](?:\s|$)/);
  return first.length <= SAYS_MAX ? first : `${first.slice(0, SAYS_MAX).replace(/\s+\S*$/, '')} …`;
};

const FILES = new Set(['file', 'path']);

const valueOf = (named: string, values: readonly string[] | undefined, keys: readonly string[]): Wanted => {
  if (values !== undefined) return { kind: 'words', words: values };
  if (named === 'key=value') return { kind: 'words', words: keys.map((key) => `${key}=`) };
  if (named === 'directory') return { kind: 'directories' };
  return { kind: FILES.has(named) ? 'files' : 'none' };
};

/** What there is to complete, from the tables. */
export const completed = (commands: readonly Command[], told: readonly KeyTold[]): readonly Completed[] => {
  const keys = told.filter(({ isOfLine }) => isOfLine).map(({ key }) => key);
  return commands.map(({ name, summary, words, options }) => ({
    name,
    says: brief(summary),
    words: words[0]?.values ?? [],
    takesFile: words.some((word) => word.name === 'FILE'),
    options: Object.entries(options).map(([option, spec]) => ({
      long: flagOf(option),
      short: spec.short === undefined ? undefined : `-${spec.short}`,
      says: brief(spec.doc),
      named: spec.kind === 'flag' ? '' : spec.value,
      value: spec.kind === 'flag' ? undefined : valueOf(spec.value, 'values' in spec ? spec.values : undefined, keys),
      repeats: spec.kind === 'texts',
    })),
  }));
};

const HELP: CompletedOption = {
  long: '--help',
  short: '-h',
  says: 'print this help',
  value: undefined,
  named: '',
  repeats: false,
};
const VERSION: CompletedOption = { ...HELP, long: '--version', short: '-V', says: 'print the version' };

const namesOf = ({ long, short }: CompletedOption): readonly string[] => [
  long,
  ...(short === undefined ? [] : [short]),
];

const bashValue = (value: Wanted): string => {
  switch (value.kind) {
    case 'words':
      return `_redisha_words '${value.words.join(' ')}'`;
    case 'files':
      return '_redisha_files -f';
    case 'directories':
      return '_redisha_files -d';
    case 'none':
      return ':';
  }
};

/** bash(1), "Programmable Completion". It needs no further package. */
export const bashScript = (commands: readonly Completed[]): string => {
  const values = commands.flatMap(({ name, options }) =>
    options.flatMap((option) =>
      option.value === undefined
        ? []
        : [
            `    ${namesOf(option)
              .map((one) => `'${name} ${one}'`)
              .join(' | ')}) ${bashValue(option.value)}; return ;;`,
          ],
    ),
  );
  const options = commands.map(
    (one) => `      ${one.name}) _redisha_words '${[...one.options, HELP].map(({ long }) => long).join(' ')}' ;;`,
  );
  const words = commands.flatMap(({ name, words: ones, takesFile }) => [
    ...(ones.length === 0 ? [] : [`    '${name} 2') _redisha_words '${ones.join(' ')}' ;;`]),
    ...(takesFile ? [`    '${name} '*) _redisha_files -f ;;`] : []),
  ]);
  return `# bash completion of redisha, printed by "redisha completion bash"
_redisha_words() {
  mapfile -t COMPREPLY < <(compgen -W "$1" -- "$current")
  # After "key=" the value follows without a blank.
  if [[ \${COMPREPLY[0]-} == *= ]]; then compopt -o nospace; fi
}
_redisha_files() {
  compopt -o filenames
  mapfile -t COMPREPLY < <(compgen "$1" -- "$current")
}
_redisha() {
  local current=\${COMP_WORDS[COMP_CWORD]} previous=\${COMP_WORDS[COMP_CWORD - 1]} command=\${COMP_WORDS[1]}
  COMPREPLY=()
  # "--profile=fast" comes as three words.
  if [[ $current == '=' ]]; then current=''; elif [[ $previous == '=' ]]; then previous=\${COMP_WORDS[COMP_CWORD - 2]}; fi
  if ((COMP_CWORD == 1)); then
    _redisha_words '${[...commands.map(({ name }) => name), ...[HELP, VERSION].map(({ long }) => long)].join(' ')}'
    return
  fi
  case "$command $previous" in
${values.join('\n')}
  esac
  if [[ $current == -* ]]; then
    case $command in
${options.join('\n')}
    esac
    return
  fi
  case "$command $COMP_CWORD" in
${words.join('\n')}
  esac
}
complete -F _redisha redisha
`;
};

const zshText = (text: string): string => text.replaceAll(':', '\\:');

const zshAction = (value: Wanted): string => {
  switch (value.kind) {
    case 'words':
      return value.words.every((word) => word.endsWith('='))
        ? `_values -S = key ${value.words.map((word) => word.slice(0, -1)).join(' ')}`
        : `(${value.words.join(' ')})`;
    case 'files':
      return '_files';
    case 'directories':
      return '_files -/';
    case 'none':
      return ' ';
  }
};

const zshOption = (option: CompletedOption): string => {
  const names = namesOf(option);
  const rest = `[${zshText(option.says)}]${option.value === undefined ? '' : `:${zshText(option.named)}:${zshAction(option.value)}`}`;
  const apart = option.repeats ? '*' : names.length > 1 ? `(${names.join(' ')})` : '';
  return names.map((name) => `'${apart}${name}${rest}'`).join(' ');
};

const zshCommand = ({ name, options, words, takesFile }: Completed): string => {
  const first = words.length === 0 ? [] : [`'1:word:(${words.join(' ')})'`];
  const others = takesFile ? ["'*:file:_files'"] : [`'*:word: '`];
  const all = [...options, HELP].map(zshOption);
  return [
    `        ${name})`,
    `          _arguments \\`,
    ...[...all, ...first, ...others].map((one, at, list) => `            ${one}${at === list.length - 1 ? '' : ' \\'}`),
    '          ;;',
  ].join('\n');
};

/** zshcompsys(1), "_arguments". */
export const zshScript = (commands: readonly Completed[]): string => `#compdef redisha
# zsh completion of redisha, printed by "redisha completion zsh"
_redisha() {
  local curcontext=$curcontext state state_descr line
  typeset -A opt_args
  local -a commands=(
${commands.map(({ name, says }) => `    '${name}:${zshText(says)}'`).join('\n')}
  )
  _arguments -C ${[HELP, VERSION].map(zshOption).join(' ')} '1:command:->command' '*::word:->word'
  case $state in
    command) _describe command commands ;;
    word)
      case $words[1] in
${commands.map(zshCommand).join('\n')}
      esac
      ;;
  esac
}
if [[ $funcstack[1] == _redisha ]]; then _redisha "$@"; else compdef _redisha redisha; fi
`;

const fishValue = (value: Wanted): string => {
  switch (value.kind) {
    case 'words':
      return `-x -a '${value.words.join(' ')}'`;
    case 'files':
      return '-r -F';
    case 'directories':
      return "-x -a '(__fish_complete_directories)'";
    case 'none':
      return '-x';
  }
};

const fishCommand = ({ name, says, options, words, takesFile }: Completed): readonly string[] => {
  const within = `complete -c redisha -n '__fish_seen_subcommand_from ${name}'`;
  return [
    `complete -c redisha -n __fish_use_subcommand -a ${name} -d '${says}'`,
    ...(words.length === 0 ? [] : [`${within} -a '${words.join(' ')}'`]),
    ...(takesFile ? [`${within} -F`] : []),
    ...[...options, HELP].map(({ long, short, says: doc, value }) =>
      [
        `${within} -l ${long.slice(2)}`,
        ...(short === undefined ? [] : [`-s ${short.slice(1)}`]),
        ...(value === undefined ? [] : [fishValue(value)]),
        `-d '${doc}'`,
      ].join(' '),
    ),
  ];
};

/** fish-completions(7). */
export const fishScript = (commands: readonly Completed[]): string =>
  [
    '# fish completion of redisha, printed by "redisha completion fish"',
    'complete -c redisha -f',
    `complete -c redisha -n __fish_use_subcommand -l help -s h -d '${HELP.says}'`,
    `complete -c redisha -n __fish_use_subcommand -l version -s V -d '${VERSION.says}'`,
    ...commands.flatMap(fishCommand),
    '',
  ].join('\n');
