/** Words of keepalived.conf that no keepalived knows where they stand, or only a newer one. */
import type { UnknownWord } from '../core/doctor/facts.ts';
import { KNOWN_WORDS } from './known-words.ts';
import type { KeepalivedConf, Statement } from './parse.ts';

const wordsOf = (text: string): ReadonlySet<string> => new Set(text.trim().split(/\s+/));

const judge = (block: string, { words: [word = ''], at }: Statement): readonly UnknownWord[] => {
  const known = KNOWN_WORDS[block];
  if (known === undefined || wordsOf(known.words).has(word)) return [];
  const newer = known.newer.find(({ words }) => wordsOf(words).has(word));
  return [{ word, at, block: block === '' ? 'the file itself' : block, since: newer?.since, last: newer?.last }];
};

/** Which blocks stand where; in others, as in track_file of an instance, there are names and no keywords. */
const INSIDE: Readonly<Record<string, RegExp>> = {
  '': /^(?:global_defs|vrrp_(?:instance|script|sync_group)|track_file|virtual_server)$/,
  vrrp_instance: /^authentication$/,
  virtual_server: /^real_server$/,
  real_server: /^(?:TCP_CHECK|MISC_CHECK|HTTP_GET|SMTP_CHECK)$/,
};

/** A block that is unknown says nothing of the words in it. */
const below = (block: string, statements: readonly Statement[]): readonly UnknownWord[] =>
  statements.flatMap((statement) => {
    const [keyword = ''] = statement.words;
    const inside = INSIDE[block]?.test(keyword) === true ? below(keyword, statement.children) : [];
    return [...judge(block, statement), ...inside];
  });

export const unknownIn = ({ statements }: KeepalivedConf): readonly UnknownWord[] => below('', statements);
