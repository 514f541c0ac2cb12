/** What this host says to the generator of `config` where nobody else did, and what on it will not go well with the files. */
import { spawnSync } from 'node:child_process';
import { accessSync, constants, existsSync, statSync } from 'node:fs';
import { networkInterfaces } from 'node:os';
import { isSea } from 'node:sea';
import type { Card } from '../app/config/network.ts';
import { missingNotes, networkNotes } from '../app/config/network.ts';
import type { PairRequest } from '../cli/runtime.ts';
import type { Blueprint } from '../core/blueprint.ts';
import { unsafeParts } from '../host/script-path.ts';
import { RUN_DIRECTORY } from '../core/blueprint.ts';
import { isWatched } from '../keepalived/generate.ts';
import type { FoundKeepalived } from '../keepalived/version.ts';
import { foundKeepalived, versionNotes } from '../keepalived/version.ts';

const DEFAULT_EXECUTABLE = '/usr/local/bin/redisha';
const VERSION_TIMEOUT_MS = 2_000;

export const cards = (): readonly Card[] =>
  Object.entries(networkInterfaces()).flatMap(([name, list]) =>
    (list ?? []).map(({ address, cidr }) => ({ name, address, cidr: cidr ?? '' })),
  );

/** Where install.sh has put this program with a prefix of its own; a copy in a build directory is not meant to be called. */
export const executableFor = ({ executable }: PairRequest): string =>
  executable ??
  (isSea() && /^\/[\w.+@/-]+\/bin\/redisha$/.test(process.execPath) ? process.execPath : DEFAULT_EXECUTABLE);

export const isProgram = (path: string): boolean => {
  try {
    accessSync(path, constants.X_OK);
    return statSync(path).isFile();
  } catch {
    return false;
  }
};

/** What the keepalived of this host says of its version. People who are not root have no /usr/sbin in their PATH. */
export const installedKeepalived = (): FoundKeepalived => {
  const { PATH = '', ...env } = process.env;
  const { error, stderr } = spawnSync('keepalived', ['--version'], {
    encoding: 'utf8',
    env: { ...env, PATH: `${PATH}:/usr/local/sbin:/usr/sbin` },
    timeout: VERSION_TIMEOUT_MS,
  });
  return foundKeepalived(error === undefined ? stderr : undefined);
};

/** Source: linux/net/netfilter/ipvs/ip_vs_ctl.c: the table is in /proc as long as IPVS is there, built in or loaded. */
const IPVS = ['/proc/net/ip_vs', '/sys/module/ip_vs'];

/** What a person should look at before the files are used. */
export const notesFor = (blueprint: Blueprint, keepalived: FoundKeepalived): readonly string[] => {
  const { executable, profile, unicast, authHmacKeyFile, passwordFile } = blueprint;
  return [
    ...networkNotes(blueprint, cards()),
    ...missingNotes(blueprint, {
      isProgram: isProgram(executable),
      hasIpvs: IPVS.some((path) => existsSync(path)),
      hasPasswordFile: passwordFile !== undefined && existsSync(passwordFile),
    }),
    ...unsafeParts(executable).map(
      (complaint) => `keepalived with enable_script_security would disable the scripts: ${complaint}`,
    ),
    ...versionNotes(
      {
        profile,
        isWatched: isWatched(blueprint),
        isUnicast: unicast,
        isSigned: authHmacKeyFile !== undefined,
        hasDirectory: existsSync(RUN_DIRECTORY),
      },
      keepalived,
    ),
  ];
};
