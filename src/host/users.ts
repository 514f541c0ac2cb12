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

/** `undefined` where this host has no such user. */
export const userNamed = (name: string): User | undefined =>
  name === ROOT.name ? ROOT : usersHere().find((user) => user.name === name);
