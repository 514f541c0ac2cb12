/** What `status` asks this host itself. */
import { existsSync } from 'node:fs';
import type { HostSeen } from '../app/status.ts';
import type { Settings } from '../config/settings.ts';
import { RUN_DIRECTORY } from '../core/blueprint.ts';
import type { Unwritable } from '../core/order.ts';
import { keepalivedRuns } from '../host/keepalived-process.ts';
import { hasAddress } from '../host/network.ts';
import type { Place } from '../host/paths.ts';
import { portDirectory, rescueDirectory, runPortDirectory } from '../host/paths.ts';
import type { User } from '../host/users.ts';
import { ROOT, scriptUserAmong, usersHere } from '../host/users.ts';
import { whyNotWritable } from '../host/writable.ts';
import { scriptUserOf } from '../keepalived/conf.ts';
import type { PairWords } from '../cli/words.ts';
import type { ReadConf } from './keepalived-conf.ts';
import { confHere } from './keepalived-conf.ts';
import { virtualAddressOf } from './virtual-address.ts';

/** Where keepalived runs no script, nobody is let down by what cannot be written. */
export const scriptUser = (file: string, read: ReadConf = confHere): User => {
  const conf = read(file);
  return scriptUserAmong(usersHere(), conf === undefined ? undefined : scriptUserOf(conf)) ?? ROOT;
};

/** Without keepalived whoever calls is the user of the scripts. */
const caller = (): User => {
  const [uid, gid] = [process.geteuid?.() ?? 0, process.getegid?.() ?? 0];
  return { name: `the user ${String(uid)}`, uid, gids: [gid, ...(process.getgroups?.() ?? [])] };
};

export const unwritableFor = (user: User, place: Place, { files }: Settings): readonly Unwritable[] => {
  const places: readonly (readonly [what: Unwritable['what'], path: string, home: string])[] = [
    ['state', portDirectory(place), files.stateDir],
    ['rescues', rescueDirectory(place), files.stateDir],
    ['log', files.logFile, files.logFile],
    ['run', RUN_DIRECTORY, RUN_DIRECTORY],
    ['run', runPortDirectory(place), RUN_DIRECTORY],
  ];
  const found = places.flatMap(([what, path, home]) => {
    // Without keepalived's own files nobody tells it anything there.
    const problem = what === 'run' && !existsSync(RUN_DIRECTORY) ? undefined : whyNotWritable(path, user);
    return problem === undefined ? [] : [{ ...problem, what, home, isMissing: !existsSync(home), user: user.name }];
  });
  // Several of them may be in one directory, or on one disk.
  return found.filter(({ path, code }, at) => found.findIndex((one) => one.path === path && one.code === code) === at);
};

export const hostSeen = async (
  settings: Settings,
  place: Place,
  pair: PairWords,
  read: ReadConf = confHere,
): Promise<HostSeen> => {
  const { keepalivedConf } = settings.files;
  const isThere = existsSync(keepalivedConf);
  const user = isThere ? scriptUser(keepalivedConf, read) : caller();
  const address = await virtualAddressOf(settings, pair, read);
  const isHere = address === undefined ? undefined : hasAddress(address);
  return {
    keepalived: isThere ? (keepalivedRuns() ? 'runs' : 'gone') : 'unknown',
    unwritable: unwritableFor(user, place, settings),
    address: address === undefined || isHere === undefined ? undefined : { address, isHere },
  };
};
