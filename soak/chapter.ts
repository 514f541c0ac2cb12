/**
 * A chapter is the life of one pair: faults, one after the other, each followed by order and by the account of everything
 * written since the chapter began. It ends before that account, or what the hosts keep, would grow without bound.
 */
import { redisha } from '../test/lib/implementation.ts';
import { generated } from '../test/lib/generated.ts';
import { type Node, Pair, type PairView } from '../test/lib/pair.ts';
import { notRescued } from '../test/lib/rescue.ts';
import { type Act, Story } from '../test/lib/story.ts';
import { messageOf, nowMs, waitFor } from '../test/lib/wait.ts';
import { missingFrom, type Writer, type Written } from '../test/lib/writer.ts';
import { type Evidence, evidenceOf, lastWords } from './evidence.ts';
import { besideWriter, type Fault, type Profile, type Scene } from './faults.ts';

const ORDER_MS = 90_000;
const SETTLE_MS = 15_000;

/** The account of a chapter is taken after every fault: these bound its memory and its time. */
const ACKED_MAX = 400_000;
/** Beside a thousand writes a second to keys of the writer's own. */
const HOT_PER_S = 50;
/** The product keeps ten (`rescue_keep`), and one fault may need two. */
const FILES_MAX = 6;

/** What became of one fault. */
export interface Step {
  readonly kind: string;
  readonly gapMs: number;
  readonly orderMs: number;
  readonly acked: number;
  /** Writes that only a rescue file has. */
  readonly rescued: number;
  /** Rescue files that were written: more than two for one fault are two nodes at odds. */
  readonly rescues: number;
  readonly merged: number;
  readonly vanished: number;
  /** Why it was not survived; empty when it was. */
  readonly faults: readonly string[];
}

interface Sum {
  readonly missing: number;
  readonly vanished: number;
}

export class Chapter {
  readonly pair: Pair;
  readonly #profile: Profile;
  readonly #story: Story;
  /** What was written past the address. */
  readonly #beside: Written[] = [];
  #acked = 0;
  #ackedBeside = 0;
  #rescued = 0;
  #rescues = 0;
  #merged = 0;
  #filesMax = 0;

  private constructor(pair: Pair, profile: Profile) {
    this.pair = pair;
    this.#profile = profile;
    this.#story = new Story(pair, { hotPerS: HOT_PER_S });
  }

  /** A new pair, in order. */
  static async begin(profile: Profile): Promise<Chapter> {
    const files = profile === 'article' ? {} : { files: await generated(profile) };
    const pair = await Pair.create({ implementation: redisha, ...files });
    const chapter = new Chapter(pair, profile);
    try {
      await chapter.#story.begin(profile === 'article' ? undefined : oneAfterTheOther);
    } catch (error) {
      const words = await lastWords(pair);
      await pair.close();
      throw new Error(`the pair did not start: ${messageOf(error)}\n${words}`, { cause: error });
    }
    return chapter;
  }

  get isFull(): boolean {
    return this.#acked >= ACKED_MAX || this.#filesMax >= FILES_MAX;
  }

  /** The fault has come and gone, the pair was given time to be in order again, the account is taken. Never throws. */
  async survive(fault: Fault): Promise<Step> {
    const faults: string[] = [];
    let master = this.pair.a;
    let orderMs = 0;
    const act: Act = {
      name: fault.kind,
      whole: true,
      settleMs: SETTLE_MS,
      play: async (stage) => {
        const begun = await this.#inOrder('before the fault');
        await fault.happen(this.#scene(begun, stage.writer, () => stage.mark()));
        const fromMs = nowMs();
        master = await this.#inOrder('after the fault');
        orderMs = nowMs() - fromMs;
        return master;
      },
    };
    try {
      const account = await this.#story.act(act);
      const beside = await this.#auditBeside(master);
      const evidence = evidenceOf(this.pair);
      const vanished = account.vanished + beside.vanished;
      faults.push(...account.disorder);
      if (vanished > 0) faults.push(`${vanished} acknowledged writes are lost without trace`);
      for (const file of evidence.unnamed) faults.push(`not in the journal: ${file}`);
      const missing = account.missing + beside.missing;
      const sums = this.#since(account.acked, missing - vanished, evidence);
      return { kind: fault.kind, gapMs: account.gapMs, orderMs, ...sums, vanished, faults };
    } catch (error) {
      faults.push(messageOf(error));
      const none = { gapMs: 0, orderMs, acked: 0, rescued: 0, rescues: 0, merged: 0, vanished: 0 };
      return { kind: fault.kind, ...none, faults };
    }
  }

  close(): Promise<void> {
    return this.pair.close();
  }

  /** The growth of the sums by one act. */
  #since(acked: number, rescued: number, evidence: Evidence): Pick<Step, 'acked' | 'rescued' | 'rescues' | 'merged'> {
    const beside = this.#beside.reduce((sum, written) => sum + written.acked.length, 0);
    const grown = {
      acked: acked + beside - this.#ackedBeside,
      rescued: rescued - this.#rescued,
      rescues: evidence.rescues - this.#rescues,
      merged: evidence.merged - this.#merged,
    };
    this.#acked += grown.acked;
    this.#ackedBeside = beside;
    this.#rescued = rescued;
    this.#rescues = evidence.rescues;
    this.#merged = evidence.merged;
    this.#filesMax = evidence.filesMax;
    return grown;
  }

  #scene(master: Node, writer: Writer, mark: () => void): Scene {
    const { pair } = this;
    const beside = besideWriter(`beside${this.#beside.length}:`, (written) => this.#beside.push(written));
    return { pair, writer, master, backup: pair.other(master), mark, beside };
  }

  async #auditBeside(master: Node): Promise<Sum> {
    const nodes = [this.pair.a, this.pair.b];
    let missing = 0;
    let vanished = 0;
    for (const written of this.#beside) {
      const absent = await missingFrom(master.redis, written);
      missing += absent.length;
      vanished += (await notRescued(nodes, written, absent)).length;
    }
    return { missing, vanished };
  }

  /** One master, followed, with the address; keepalived agrees on both hosts, and the backup has what the master had. */
  async #inOrder(when: string): Promise<Node> {
    const { pair } = this;
    const { master } = await waitFor(
      `the pair in order ${when}`,
      { deadlineMs: ORDER_MS, everyMs: 100, holdMs: 2_000 },
      async () => ({ master: await this.#master(), view: await pair.view() }),
      ({ master: node, view }) => node !== undefined && isElectable(view),
    );
    if (master === undefined) throw new Error('unreachable');
    await caughtUp(master, pair.other(master));
    return master;
  }

  /** The node that the pair is in order around. The article's files always bring the address back to `a`. */
  async #master(): Promise<Node | undefined> {
    const { a, b } = this.pair;
    for (const node of this.#profile === 'article' ? [a] : [a, b]) {
      const is = await this.pair.settled(node, 0, 0).then(
        () => true,
        () => false,
      );
      if (is) return node;
    }
    return undefined;
  }
}

const isElectable = ({ vrrp }: PairView): boolean => vrrp.includes('MASTER') && vrrp.includes('BACKUP');

/** The backup has every write that the master had when this was asked: a disk may be lost now. */
async function caughtUp(master: Node, backup: Node): Promise<void> {
  const goal = Number((await master.redis.info('replication')).get('master_repl_offset'));
  await waitFor(
    `${backup.host.name} to reach offset ${goal}`,
    { deadlineMs: 10_000, everyMs: 5 },
    async () => Number((await backup.redis.info('replication')).get('slave_repl_offset')),
    (offset) => offset >= goal,
  );
}

/** Whoever comes first keeps the address, so that `a` is given the time to be first. */
async function oneAfterTheOther(pair: Pair): Promise<void> {
  await pair.a.redis.start();
  await pair.a.keepalived.start();
  await pair.takenOver(pair.a);
  await pair.b.redis.start();
  await pair.b.keepalived.start();
  await pair.settled(pair.a);
}
