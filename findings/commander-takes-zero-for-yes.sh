#!/usr/bin/env bash
# Software: commander 15.1.0.
# Guess:    a switch that may come from the environment is off with FORCE=0, FORCE=false or an empty FORCE=.
# Happens:  it is on whenever the variable is set, whatever it says. For an option with a value an empty variable counts as
#           given too: it replaces the default, and Number('') makes 0 of it.
# Matters:  `FORCE=0 failover` in a unit file forces the failover; PORT= in an EnvironmentFile, meant as "the default", is port 0.
# Seen:     FORCE=0, false, no, empty: true; not set: undefined; PORT=: 0 instead of 6379
set -euo pipefail
# shellcheck source=findings/lib.sh
source "$(dirname "$0")/lib.sh"

also=(commander@15.1.0)
node_26
cat >"$tmp/options.mjs" <<'END'
import { Command, Option } from 'commander';
const program = new Command()
  .addOption(new Option('--force').env('FORCE'))
  .addOption(new Option('--port <number>').env('PORT').default(6379).argParser(Number));
program.parse([], { from: 'user' });
console.log(program.opts()[process.argv[2]]);
END
option() { env -u FORCE -u PORT "${@:2}" "$node" "$tmp/options.mjs" "$1"; }
same 'nothing set' undefined "$(option force)"
for value in 0 false no ''; do same "FORCE=$value" true "$(option force "FORCE=$value")"; done
same 'PORT not set' 6379 "$(option port)"
same 'PORT=7000' 7000 "$(option port PORT=7000)"
same 'PORT=' 0 "$(option port PORT=)"
