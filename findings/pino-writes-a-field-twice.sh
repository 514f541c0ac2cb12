#!/usr/bin/env bash
# Software: pino 10.4.0.
# Guess:    a line of pino is one JSON object with each name once: `time`, `level`, `pid` and `msg` are pino's own, or the caller's
#           replace them.
# Happens:  both are written, pino's first. JSON.parse keeps the last, so the reader sees the caller's; a reader that keeps the
#           first, or that refuses doubled names, sees something else.
# Matters:  a line that spreads facts of a server into the log (`time`, `pid`, `level` are names in such facts) moves to another
#           time, severity and process in the log store, just when somebody puts a failover together from it.
# Seen:     {"level":30,"time":...,"pid":...,"hostname":"...","time":1,"level":"none","msg":"first","msg":"second"}
set -euo pipefail
# shellcheck source=findings/lib.sh
source "$(dirname "$0")/lib.sh"

npm_packages pino@10.4.0
cat >"$tmp/log.cjs" <<'END'
const pino = require('pino');
pino({}, { write: (line) => process.stdout.write(line) }).info({ time: 1, level: 'none', msg: 'first' }, 'second');
END
line=$(cd "$tmp" && node log.cjs)
for name in time level msg; do same "times that $name is there" 2 "$(grep -o "\"$name\":" <<<"$line" | wc -l)"; done
same 'what JSON.parse keeps' '1 none second' \
  "$(node -e 'const { time, level, msg } = JSON.parse(process.argv[1]); console.log(time, level, msg)' "$line")"
