/** What keepalived.conf says of LVS. */
import { isAddress, plainAddress } from '../address.ts';
import type { VirtualServerSaid } from '../core/doctor/facts.ts';
import type { KeepalivedConf, Statement } from './parse.ts';
import { children, last, wordOf } from './statements.ts';

/** redisha says by this whether a server may be read from. */
const JUDGES_READING = /\bcheck\b.*--for[= ]read\b/;

const isJudged = (server: Statement): boolean =>
  children(server.children, 'MISC_CHECK').some((check) => JUDGES_READING.test(last(check, 'misc_path')?.text ?? ''));

const serverOf = (statement: Statement): VirtualServerSaid | undefined => {
  const [, address = '', port = ''] = statement.words;
  if (!isAddress(address)) return undefined;
  const sorry = last(statement, 'sorry_server');
  return {
    at: statement.at,
    address: plainAddress(address),
    port: Number(port),
    kind: wordOf(statement, 'lb_kind') ?? wordOf(statement, 'lvs_method'),
    behind: children(statement.children, 'real_server').map((one) => ({
      address: one.words[1] ?? '',
      isJudged: isJudged(one),
    })),
    sorry: sorry === undefined ? undefined : { value: sorry.words.slice(1, 3).join(' '), at: sorry.at },
  };
};

export const virtualServersOf = ({ statements }: KeepalivedConf): readonly VirtualServerSaid[] =>
  children(statements, 'virtual_server').flatMap((statement) => serverOf(statement) ?? []);
