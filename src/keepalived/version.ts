/** Which keepalived reads what is generated. */

/** From 2.1 on the block is `track_file`. Source: keepalived.conf(5) of 2.2.7, "vrrp_track_file is a deprecated synonym". */
const KNOWS_TRACK_FILE = [2, 1] as const;

/**
 * What a person should know whose files have checks that stay. `said` is what `keepalived --version` says on this host,
 * `undefined` where nothing does.
 */
export const versionNote = (profile: string, said: string | undefined): string => {
  const [neededMajor, neededMinor] = KNOWS_TRACK_FILE;
  const needs = `the profile ${profile} needs keepalived ${KNOWS_TRACK_FILE.join('.')} or newer on both hosts`;
  const [, version, major, minor] = /\bKeepalived v((\d+)\.(\d+)[\d.]*)/.exec(said ?? '') ?? [];
  if (version === undefined) return `${needs}: keepalived --version`;
  const isOlder = Number(major) < neededMajor || (Number(major) === neededMajor && Number(minor) < neededMinor);
  return isOlder
    ? `${needs}, and this host has ${version}, which knows no track_file: --profile article`
    : `${needs}: this host has ${version}`;
};
