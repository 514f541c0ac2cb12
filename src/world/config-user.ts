/** Whom the scripts run as: what `config` takes where nobody says it, and what will not go well with whom somebody says. */
import { statSync } from 'node:fs';
import type { Taken } from '../app/config/network.ts';
import type { PairRequest } from '../cli/runtime.ts';
import { SCHEMA } from '../config/schema.ts';
import type { ProfileName } from '../core/blueprint.ts';
import type { User } from '../host/users.ts';
import { ROOT, scriptUserAmong, usersHere } from '../host/users.ts';
import { scriptUserOf } from '../keepalived/conf.ts';
import { PROFILES } from '../keepalived/profiles.ts';
import { confHere } from './keepalived-conf.ts';

/** Where a pair that runs already has left its user. */
interface Places {
  readonly stateDir: string;
  readonly keepalivedConf: string;
}

/** Of the pair that the files are for, which the options of this run say nothing about. */
const PLACES: Places = {
  stateDir: SCHEMA.state_dir.default ?? '',
  keepalivedConf: SCHEMA.keepalived_conf.default ?? '',
};

const ownerOf = (path: string, users: readonly User[]): string | undefined => {
  try {
    const { uid } = statSync(path);
    return users.find((user) => user.uid === uid)?.name;
  } catch {
    return undefined;
  }
};

/** In the order of install.sh: whom a pair that runs works with goes before what would be right on a new host. */
const chosen = ({ stateDir, keepalivedConf }: Places, users: readonly User[]): readonly [string, string] => {
  const owner = ownerOf(stateDir, users);
  if (owner !== undefined) return [owner, `, who owns ${stateDir},`];
  const conf = confHere(keepalivedConf);
  const named = conf === undefined ? undefined : scriptUserOf(conf);
  const { name } = scriptUserAmong(users, named) ?? scriptUserAmong(users, undefined) ?? ROOT;
  return [name, name === named ? `, the script_user of ${keepalivedConf},` : ''];
};

/** A script without a user is dropped, and the track_file stays at what `init_file` has put there. */
const nobodyNote = (user: string, profile: ProfileName): string => {
  const outcome =
    PROFILES[profile].check !== undefined ? 'takes the node for fit' : 'keeps the node in FAULT, without the address';
  return `there is no user ${user} on this host yet: without it keepalived calls no script, and ${outcome}`;
};

/** Who is asked for, else who is found here. */
export const scriptUserFor = ({ scriptUser, profile }: PairRequest, places: Places = PLACES): Taken<string> => {
  const users = usersHere();
  if (scriptUser === undefined) {
    const [value, why] = chosen(places, users);
    return {
      value,
      notes: [`the scripts run as ${value}${why} on both nodes: --script-user where that is another one`],
    };
  }
  const owner = ownerOf(places.stateDir, users);
  const isStranger = owner !== undefined && scriptUser !== ROOT.name && scriptUser !== owner;
  const notes = [
    ...(users.some(({ name }) => name === scriptUser) ? [] : [nobodyNote(scriptUser, profile)]),
    ...(isStranger
      ? [
          `${places.stateDir} belongs to ${owner}, so that ${scriptUser} keeps no journal there and saves no writes: ` +
            `--script-user ${owner}, or give it away with ./install.sh --user ${scriptUser}`,
        ]
      : []),
  ];
  return { value: scriptUser, notes };
};
