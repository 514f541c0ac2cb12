/** The table of the first page, in both languages, made of the measurements of `npm run proof`. Pure. */
import { medianOf, rangeOf, roundsOf, row, seconds, thousands } from './proof-page.ts';
import type { Report } from './report.ts';
import { digits } from './samples.ts';
import { type Outcome, outcomesOf, SCENARIOS, WHO } from './scenarios.ts';

export const LANGUAGES = ['en', 'zh'] as const;
export type Language = (typeof LANGUAGES)[number];

/** Where each language has its table. */
export const FIRST_PAGES: Readonly<Record<Language, string>> = { en: 'README.md', zh: 'README.zh-CN.md' };

type InBoth = Readonly<Record<Language, string>>;

/** The scenarios, in the order of `SCENARIOS`. */
export const ROWS: readonly InBoth[] = [
  { en: 'the role moved by hand', zh: '手动切换主从' },
  { en: 'keepalived stopped', zh: 'keepalived 停止' },
  { en: 'Redis killed', zh: 'Redis 进程被杀' },
  { en: 'Redis frozen', zh: 'Redis 卡住' },
  { en: 'host gone', zh: '主机宕机' },
  { en: 'the old master returns', zh: '旧主节点恢复' },
  { en: 'cut off, each side writes its own keys', zh: '网络断开，两边各写各的键' },
  { en: 'cut off, both sides write the same keys', zh: '网络断开，两边写相同的键' },
];

/** The columns, by the name of `WHO`. */
const headOf = ({ redis = '?', valkey = '?' }: Report['machine'], column: string): InBoth => {
  const heads: Readonly<Record<string, InBoth>> = {
    scripts: { en: 'the scripts', zh: '脚本' },
    sentinel: { en: `Sentinel, Redis ${redis}`, zh: `Sentinel，Redis ${redis}` },
    'valkey sentinel': { en: `Sentinel, Valkey ${valkey}`, zh: `Sentinel，Valkey ${valkey}` },
    witness: { en: '`fast`, witness', zh: '`fast`，见证者' },
  };
  return heads[column] ?? { en: `\`${column}\``, zh: `\`${column}\`` };
};

/** The median of the time; the most that was lost, where anything was. */
function cellOf(outcome: Outcome | undefined, language: Language): string {
  if (outcome === undefined) return '–';
  const lost = thousands(outcome.figures.get('lost')?.max ?? 0);
  const time = seconds(medianOf(outcome, 'seconds'));
  if (lost === '0') return time;
  return language === 'en' ? `${time}, **up to ${lost} lost**` : `${time}，**最多丢失 ${lost} 条**`;
}

/** When, how often, and what else the machine did. */
function circumstancesOf(report: Report, language: Language): string {
  const rounds = roundsOf(report);
  const days = [...new Set(rounds.map(({ what }) => what.slice(0, 10)))];
  const [first = '', last = ''] = [days[0], days.at(-1)];
  const load = rangeOf(
    rounds.flatMap(({ figures }) => figures['load'] ?? []),
    digits,
    language === 'en' ? ' to ' : ' 至 ',
  );
  const commit = `\`${report.machine['commit'] ?? '?'}\``;
  if (language === 'zh') {
    const when = first === last ? first : `${first} 至 ${last}`;
    return `${rounds.length} 轮测量，${when}，构建 ${commit}。每轮开始前，机器因其他任务的平均负载为 ${load}。`;
  }
  const when = first === last ? `on ${first}` : `from ${first} to ${last}`;
  const count = rounds.length === 1 ? '1 round' : `${rounds.length} rounds`;
  return `${count} ${when}, with commit ${commit}. Before a round the machine had a load average of ${load} from other work.`;
}

export function tableOf(report: Report, language: Language): string {
  const faults = report.samples.filter(({ section }) => section === 'faults');
  const rows = SCENARIOS.map((scenario, at) => {
    const outcomes = outcomesOf(faults, scenario);
    const cells = WHO.map((one) =>
      cellOf(
        outcomes.find(({ who }) => who === one),
        language,
      ),
    );
    return row([ROWS[at]?.[language] ?? '', ...cells]);
  });
  const heads = WHO.map(({ column }) => headOf(report.machine, column)[language]);
  return [
    circumstancesOf(report, language),
    '',
    row([language === 'en' ? 'what happens' : '发生了什么', ...heads]),
    `|${'---|'.repeat(heads.length + 1)}`,
    ...rows,
    '',
  ].join('\n');
}

const MARKED = /(?<=^<!-- proof, written by "npm run proof" -->\n)[^]*?(?=^<!-- end of the proof -->$)/m;

/** The page with the table anew. @throws when the page has no marks for it. */
export function withProof(page: string, report: Report, language: Language): string {
  if (!MARKED.test(page)) throw new Error(`${FIRST_PAGES[language]} has no marks for the table of the proof`);
  return page.replace(MARKED, () => tableOf(report, language));
}
