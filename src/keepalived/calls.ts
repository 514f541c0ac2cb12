/** Every line of keepalived.conf that has keepalived run redisha, and what is wrong with it before anything runs. */
import type { KeepalivedConf, Statement } from './parse.ts';
import { isOurs } from './commands.ts';
import { scriptUserOf } from './conf.ts';

/** What keepalived starts, as it stands in the file. */
export interface Call {
  /** `chk_redis`, `notify_master of VI_1`. */
  readonly where: string;
  readonly keyword: string;
  readonly path: string;
  readonly words: readonly string[];
  /** Whom the line itself names, and else global_defs; `undefined` where keepalived takes its own choice. */
  readonly user: string | undefined;
  /** Words behind the command that name no user: the command is not in one pair of quotes. */
  readonly stray: readonly string[];
}

const KEYWORD =
  /^(?:script|notify|notify_(?:master|backup|fault|stop|master_rx_lower_pri|deleted)|vrrp_notify_fifo_script|notify_fifo_script)$/;

const nameOf = ({ words }: Statement, keyword: string): string => {
  const [kind = '', name = ''] = words;
  if (kind === 'vrrp_script') return name;
  return kind === 'global_defs' ? keyword : `${keyword} of ${name}`;
};

const userWithin = ({ children }: Statement): string | undefined =>
  children.findLast(({ words: [keyword] }) => keyword === 'user')?.words[1];

/** Source: keepalived.conf(5): a command is one word, in quotes where it has arguments; a user and a group may follow it. */
const callOf = (block: Statement, line: Statement, global: string | undefined, users: ReadonlySet<string>): Call => {
  const [keyword = '', command = '', ...behind] = line.words;
  const [path = '', ...words] = command.split(/\s+/);
  const [user] = behind;
  const isUser = user !== undefined && users.has(user);
  const named = isUser ? user : userWithin(block);
  return { where: nameOf(block, keyword), keyword, path, words, user: named ?? global, stray: isUser ? [] : behind };
};

/** In the order of the file. `users` are those of this host. */
export const callsIn = (conf: KeepalivedConf, users: ReadonlySet<string>): readonly Call[] => {
  const global = scriptUserOf(conf);
  return conf.statements.flatMap((block) =>
    block.children
      .filter(({ words: [keyword = '', command = ''] }) => KEYWORD.test(keyword) && isOurs(command))
      .map((line) => callOf(block, line, global, users)),
  );
};
