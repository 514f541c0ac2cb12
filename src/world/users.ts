/** The users of this host. Source: passwd(5). */
import { readFileSync } from 'node:fs';

export interface User {
  readonly name: string;
  readonly uid: number;
  readonly gid: number;
}

/** None where the file cannot be read. Those that only a directory service knows are not among them. */
export const usersHere = (): readonly User[] => {
  try {
    return readFileSync('/etc/passwd', 'utf8')
      .split('\n')
      .map((line) => line.split(':'))
      .filter(({ length }) => length >= 4)
      .map(([name = '', , uid, gid]) => ({ name, uid: Number(uid), gid: Number(gid) }));
  } catch {
    return [];
  }
};
