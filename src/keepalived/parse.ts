/**
 * keepalived.conf as a tree of statements, read as keepalived reads it, in so far as its vrrp part needs that.
 *
 * Source: keepalived/lib/parser.c read_line (braces), process_stream and alloc_strvec (words); seen on 2.1.5, 2.2.7, 2.3.3 and
 * 2.3.4 (test/conformance/keepalived.test.ts).
 */
import type { TextFiles } from '../app/ports/text-files.ts';
import type { ConfigId, Place } from './lines.ts';
import { describePlace, readLinesOf } from './lines.ts';

/** One line: its words, and the lines between the braces that follow it. */
export interface Statement {
  readonly words: readonly string[];
  /** As it stands, for words that keepalived parts in another way. */
  readonly text: string;
  readonly children: readonly Statement[];
  readonly at: Place;
}

export interface KeepalivedConf {
  readonly file: string;
  readonly statements: readonly Statement[];
  /** What is not understood, each a sentence. What else the file says may then mean something else too. */
  readonly problems: readonly string[];
}

/** Source: keepalived/lib/parser.c alloc_strvec_r: only `"` quotes, and what touches a quoted word is a word of its own. */
const wordsOf = (text: string): readonly string[] =>
  [...text.matchAll(/"([^"]*)"|([^\s"]+)/g)].map(([, quoted, bare]) => quoted ?? bare ?? '');

/** Source: keepalived/lib/parser.c read_line: braces count wherever no double quote is open. */
const PART = /([{}])|(?:"[^"]*"|[^{}"]|")+/g;

/**
 * Which words have a block, below which. Of a word that it does not know keepalived passes over the braces and takes what is
 * between them, so that everything behind it means something else.
 */
const wordSet = (words: string): ReadonlySet<string> => new Set(words.split(' '));
const TRACKS = 'track_interface track_script track_file track_process track_bfd';
const BLOCKS: ReadonlyMap<string, ReadonlySet<string>> = new Map([
  [
    '',
    wordSet(
      'global_defs linkbeat_interfaces track_group garp_group bfd_instance SSL interface_up_down_delays vrrp_script ' +
        'vrrp_sync_group vrrp_instance vrrp_track_file vrrp_track_process track_file track_process virtual_server ' +
        'virtual_server_group',
    ),
  ],
  ['global_defs', wordSet('notification_email')],
  ['vrrp_sync_group', wordSet(`group ${TRACKS}`)],
  [
    'vrrp_instance',
    wordSet(
      'virtual_ipaddress virtual_ipaddress_excluded virtual_routes virtual_rules unicast_peer authentication auth_hmac ' +
        TRACKS,
    ),
  ],
]);

/** Below these no word has one. */
const FLAT = wordSet(
  'vrrp_script vrrp_track_file track_file track_script track_interface group virtual_ipaddress ' +
    'virtual_ipaddress_excluded unicast_peer',
);

/** Whether a block belongs there; `undefined` where redisha does not care. */
const isBlock = (above: string, keyword: string): boolean | undefined => {
  if (FLAT.has(above)) return false;
  const known = BLOCKS.get(above);
  return known === undefined ? undefined : known.has(keyword) || (above === '' && /^static_\w+$/.test(keyword));
};

interface Block {
  readonly keyword: string;
  readonly statements: Statement[];
}

const PROBLEMS_MAX = 20;
/** Thirty for each of all the routers that one network can have. What is read of them later takes time by the square. */
const STATEMENTS_MAX = 8_000;
const TOO_MANY = `redisha reads ${String(STATEMENTS_MAX)} statements and no more`;

class Tree {
  readonly root: Statement[] = [];
  readonly problems: string[] = [];
  readonly #open: Block[] = [{ keyword: '', statements: this.root }];
  /** The statement whose brace has not come yet. */
  #last: (Statement & { readonly children: Statement[] }) | undefined;
  #count = 0;

  #here(): Block {
    return this.#open.at(-1) ?? { keyword: '', statements: this.root };
  }

  #complain(at: Place, why: string): void {
    if (this.problems.length < PROBLEMS_MAX) this.problems.push(`${describePlace(at)} is not understood: ${why}`);
  }

  #begin(at: Place): void {
    const last = this.#last;
    this.#last = undefined;
    const keyword = last?.words[0];
    if (last === undefined || keyword === undefined) {
      this.#complain(at, 'a brace without a word before it');
      this.#open.push({ keyword: '?', statements: [] });
      return;
    }
    if (isBlock(this.#here().keyword, keyword) === false)
      this.#complain(last.at, `"${keyword}" has no block that redisha knows`);
    this.#open.push({ keyword, statements: last.children });
  }

  #end(at: Place): void {
    this.#last = undefined;
    if (this.#open.length > 1) this.#open.pop();
    else this.#complain(at, 'a brace is closed that was not opened');
  }

  /** Source: keepalived/lib/parser.c alloc_value_block: it takes what comes next for the block, up to the next closing brace. */
  #assertBlock(): void {
    const [keyword, last] = [this.#last?.words[0] ?? '', this.#last];
    if (last !== undefined && isBlock(this.#here().keyword, keyword) === true)
      this.#complain(last.at, 'its block is missing');
  }

  take(text: string, at: Place): void {
    for (const [part, brace] of text.matchAll(PART)) {
      if (brace === '{') this.#begin(at);
      else if (brace === '}') this.#end(at);
      else if (part.trim() !== '') {
        this.#count += 1;
        if (this.#count > STATEMENTS_MAX) {
          if (this.#count === STATEMENTS_MAX + 1) this.#complain(at, TOO_MANY);
          return;
        }
        this.#assertBlock();
        this.#last = { words: wordsOf(part), text: part.trim(), children: [], at };
        this.#here().statements.push(this.#last);
      }
    }
  }

  close(file: string): void {
    const { length } = this.#open;
    if (length > 1) this.problems.push(`${file} is not understood: a block is not closed`);
  }
}

/**
 * The file and what it includes; `undefined` where it cannot be read itself. `configId` is asked only where the file depends on
 * it. Never throws.
 */
export const readKeepalivedConf = (file: string, configId: ConfigId, disk?: TextFiles): KeepalivedConf | undefined => {
  const found = readLinesOf(file, configId, disk);
  if (found === undefined) return undefined;
  const tree = new Tree();
  for (const { text, at } of found.lines) tree.take(text, at);
  tree.close(file);
  return { file, statements: tree.root, problems: [...found.problems, ...tree.problems] };
};
