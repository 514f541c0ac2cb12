/** What to type to put the files of `config` in place, on both nodes. */
import { basename, resolve } from 'node:path';
import type { GeneratedFile, GeneratedFiles } from './runtime.ts';

const octal = (mode: number): string => `0${mode.toString(8)}`;

const IS_PART = /^redis-pair-\d+\.conf$/;

const isLast = ({ name }: GeneratedFile): boolean => name === 'keepalived.conf';

/** keepalived.conf is the last: it is put in place when keepalived is about to be restarted. */
const inOrder = (files: readonly GeneratedFile[]): readonly GeneratedFile[] => {
  return [...files.filter((file) => !isLast(file)), ...files.filter(isLast)];
};

const copies = (files: readonly GeneratedFile[], from: string, redisConf: string): readonly string[] =>
  inOrder(files).flatMap(({ name, place, mode }) => [
    `install -D -m ${octal(mode)} ${from}/${name} ${place}`,
    ...(IS_PART.test(name)
      ? [`grep -qxF 'include ${place}' ${redisConf} || echo 'include ${place}' >>${redisConf}`]
      : []),
  ]);

/** A line of several Redises says which file is whose, and only a person knows the names of those. */
const confFor = ({ files, redisConf }: GeneratedFiles): string =>
  files.filter(({ name, node }) => IS_PART.test(name) && node === files[0]?.node).length > 1
    ? '/etc/redis/redis-OF-THAT-PORT.conf'
    : redisConf;

export const commandsFor = (generated: GeneratedFiles, directory: string): readonly string[] => {
  const { files, here } = generated;
  const nodes = [...new Set(files.map(({ node }) => node))];
  return nodes.flatMap((node) => {
    const own = files.filter((file) => file.node === node);
    const { address = '' } = own[0] ?? {};
    const from = `${resolve(directory)}/node${String(node)}`;
    const isHere = node === here;
    // Relative to the directory of the user who logs in there.
    const there = basename(from);
    return [
      '',
      `As root on ${address}${isHere ? ' (this host)' : ''}, each when "Going live" in docs/operations.md says so:`,
      ...(isHere ? [] : [`  scp -r ${from} root@${address}:    # typed on this host`]),
      ...copies(own, isHere ? from : there, confFor(generated)).map((line) => `  ${line}`),
    ];
  });
};
