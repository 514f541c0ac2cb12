/** Names of hosts that this host knows by itself. */
import { readFileSync } from 'node:fs';
import { hostname } from 'node:os';

/** Source: hosts(5): an address, then names; `#` begins a comment. */
const namesIn = (hosts: string): readonly string[] =>
  hosts.split('\n').flatMap((line) => line.replace(/#.*$/, '').trim().toLowerCase().split(/\s+/).slice(1));

/** Without a question to a name server. */
export const knowsName = (host: string): boolean => {
  const name = host.toLowerCase();
  const own = hostname().toLowerCase();
  if (['localhost', own, own.split('.')[0]].includes(name)) return true;
  try {
    return namesIn(readFileSync('/etc/hosts', 'utf8')).includes(name);
  } catch {
    return false;
  }
};
