/** The world of `drain`, `pause` and `resume`: the pair, the files of what a person has said, and who the person is. */
import type { DrainWorld } from '../app/drain/prepare.ts';
import { VERSION } from '../cli/build.ts';
import type { CommonOptions, DrainSession, MarkSession } from '../cli/runtime.ts';
import type { PairWords } from '../cli/words.ts';
import type { Settings } from '../config/settings.ts';
import { RedishaError } from '../errors.ts';
import { systemClock } from '../host/clock.ts';
import { openJournal } from '../host/journal.ts';
import { isLocked } from '../host/lock.ts';
import { removeDrained, removePaused, stageDrained, writePaused } from '../host/marks-kept.ts';
import { readMarks, thisMoment } from '../host/marks.ts';
import type { Place } from '../host/paths.ts';
import { usersHere } from '../host/users.ts';
import { findInstance } from '../keepalived/conf.ts';
import { whenItReturns } from '../keepalived/outlook.ts';
import { cleaned } from '../redis/cleaned.ts';
import { hooksFor, openChange, settingsOfPair } from './change.ts';
import { hostSeen } from './host-seen.ts';
import { confHere } from './keepalived-conf.ts';
import { logFor } from './log.ts';
import { whyServerUntold } from './marked.ts';
import { fileOutlook } from './notes.ts';

/** Who is at the keyboard: behind sudo that is not the user of the process. Source: sudo(8), SUDO_USER. */
const personHere = (): string => {
  const uid = process.getuid?.() ?? 0;
  const own = usersHere().find((user) => user.uid === uid)?.name ?? `the user ${String(uid)}`;
  return cleaned(process.env['SUDO_USER'] ?? own);
};

const placeOf = ({ files }: Settings, { port }: PairWords): Place => ({ stateDir: files.stateDir, port });

/** @throws {RedishaError} CONFIG_INVALID where nobody knows the virtual address */
export const openDrain = async (pair: PairWords, options: CommonOptions): Promise<DrainSession> => {
  const settings = await settingsOfPair(pair, options);
  const place = placeOf(settings, pair);
  const { keepalived, address } = await hostSeen(settings, place, pair);
  if (address === undefined)
    throw new RedishaError('CONFIG_INVALID', 'the virtual address is not known, so nobody can say where it goes', {
      hint: 'vip = "ADDRESS" in /etc/redisha/redisha.toml, or --option vip=ADDRESS',
    });
  const { world, policy, marks, hasAddress, tellPeople } = await openChange('promote', pair, options);
  const drain: DrainWorld = {
    world,
    policy,
    marks,
    hasAddress,
    hasWitness: settings.witness !== undefined,
    address: address.address,
    keepalived,
    staying: fileOutlook(settings.files.keepalivedConf, pair).troubles,
    stage: (drained) => stageDrained(place, drained),
    unmark: () => removeDrained(place),
    tellServer: (isDrained) => whyServerUntold(settings, { host: pair.local, port: pair.port }, isDrained),
  };
  return { drain, by: personHere(), tellPeople };
};

export const openMarks = async (
  command: 'pause' | 'resume',
  pair: PairWords,
  options: CommonOptions,
): Promise<MarkSession> => {
  const settings = await settingsOfPair(pair, options);
  const place = placeOf(settings, pair);
  const log = await logFor(settings, options, command);
  const opened = openJournal({ ...place, version: VERSION, clock: systemClock, log });
  const hooks = await hooksFor({ settings, pair, log, last: undefined, stays: false });
  const journal = hooks?.hearing(opened) ?? opened;
  return {
    by: personHere(),
    now: thisMoment,
    wallIso: (wallMs) => new Date(wallMs).toISOString(),
    marks: () => readMarks(place),
    commandRunning: () => isLocked(pair.port),
    pause: (paused) => writePaused(place, paused),
    removeDrained: () => removeDrained(place),
    removePaused: () => removePaused(place),
    tellServer: (isDrained) => whyServerUntold(settings, { host: pair.local, port: pair.port }, isDrained),
    returns: () => {
      const conf = confHere(settings.files.keepalivedConf);
      const instance = conf === undefined ? undefined : findInstance(conf, pair);
      return instance === undefined ? undefined : whenItReturns(instance);
    },
    note: async (event, fields) => {
      log.warn(event, fields);
      await journal.append({ event, ...fields });
      // The program has a limit of its own.
      await hooks?.finish(new AbortController().signal);
    },
  };
};
