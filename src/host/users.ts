/** The users of this host. Source: passwd(5), group(5). Those that only a directory service knows are not among them. */
import { readFileSync } from 'node:fs';

export interface User {
  readonly name: string;
  readonly uid: number;
  /** The first is that of passwd(5). */
  readonly gids: readonly [number, ...number[]];
}

/** None where the file cannot be read. */
const linesOf = (path: string): readonly (readonly string[])[] => {
  try {
    return readFileSync(path, 'utf8')
      .split('\n')
      .map((line) => line.split(':'))
      .filter(({ length }) => length >= 4);
  } catch {
    return [];
  }
};

export const ROOT: User = { name: 'root', uid: 0, gids: [0] };

export const usersHere = (): readonly User[] => {
  const groups = linesOf('/etc/group').map(([, , gid, members = '']) => ({ gid, members: members.split(',') }));
  return linesOf('/etc/passwd').map(([name = '', , uid, gid]) => {
    const more = groups.filter(({ members }) => members.includes(name)).map((group) => Number(group.gid));
    return { name, uid: Number(uid), gids: [Number(gid), ...more] };
  });
};

/**
 * Whom keepalived runs a script as. `named` is whom the line itself names, or else script_user; `undefined` where none of
 * `users` has that name, and keepalived does not run the script.
 *
 * Source: keepalived.conf(5), script_user: where none is said, keepalived_script if there is such a user, else root.
 */
export const scriptUserAmong = (users: readonly User[], named: string | undefined): User | undefined => {
  const find = (name: string): User | undefined => [ROOT, ...users].find((user) => user.name === name);
  return named === undefined ? (find('keepalived_script') ?? ROOT) : find(named);
};
