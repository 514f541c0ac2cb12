declare const __REDISHA_VERSION__: string | undefined;
declare const __REDISHA_COMMIT__: string | undefined;

// The bundler writes the two constants; from source they do not exist.
const version = typeof __REDISHA_VERSION__ === 'undefined' ? 'source' : __REDISHA_VERSION__;
const commit = typeof __REDISHA_COMMIT__ === 'undefined' ? 'unknown' : __REDISHA_COMMIT__;
process.stdout.write(`redisha ${version} (commit ${commit}, Node ${process.version})\n`);
