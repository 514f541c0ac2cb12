/** What this executable is: set by the build, absent when it runs from source. */
declare const __REDISHA_VERSION__: string | undefined;
declare const __REDISHA_COMMIT__: string | undefined;
declare const __REDISHA_DAY__: string | undefined;

export const VERSION = typeof __REDISHA_VERSION__ === 'string' ? __REDISHA_VERSION__ : '0.0.0';
const COMMIT = typeof __REDISHA_COMMIT__ === 'string' ? __REDISHA_COMMIT__ : 'source';
/** The day of the commit. */
export const DAY = typeof __REDISHA_DAY__ === 'string' ? __REDISHA_DAY__ : 'unknown';

export const versionLine = (): string => `redisha ${VERSION} (commit ${COMMIT}, Node ${process.version})`;
