/** Whom keepalived runs scripts as, by whom its file names and who is there. */
import { expect, test } from 'vitest';
import { scriptUserAmong, usersHere } from '../../../src/host/users.ts';

const named = (...names: readonly string[]) =>
  names.map((name, index) => ({ name, uid: 100 + index, gids: [100 + index] as const }));

test.each([
  ['nobody is named', undefined, ['redis', 'keepalived_script'], 'keepalived_script'],
  ['nobody is named, and there is no keepalived_script', undefined, ['redis'], 'root'],
  ['nobody is named, and the users cannot be read', undefined, [], 'root'],
  ['a user of this host is named', 'redis', ['redis', 'keepalived_script'], 'redis'],
  ['root is named', 'root', ['keepalived_script'], 'root'],
  ['a user is named that is not there: the script is not run', 'nobody_here', ['keepalived_script'], undefined],
])('%s', (_name, name, users, runsAs) => {
  expect(scriptUserAmong(named(...users), name)?.name).toBe(runsAs);
});

test('the users of this host are known by name and number', () => {
  expect(usersHere()).toContainEqual(expect.objectContaining({ name: 'root', uid: 0 }));
  expect(usersHere()).toContainEqual(expect.objectContaining({ name: 'nobody', uid: 65_534 }));
});
