#!/usr/bin/env bash
# Software: valkey-check-rdb 9.1.2 with a dump of Redis 8.0.2.
# Guess:    valkey-check-rdb ends with 0 only if the server of the same version loads the file.
# Happens:  it ends with 0 for a dump of Redis 8. Its last line has a condition (`rdb-version-check relaxed`) that is not the
#           default, and the server ends with a fatal error.
# Matters:  `valkey-check-rdb dump.rdb && systemctl start valkey-server` is how a dump of the old node is tried before the move. It
#           is green, and the server does not start. Other tools of this family end with 1 for a format that they do not know.
# Seen:     exit 0, "RDB looks OK, but loading requires config"; the server: Fatal error loading the DB, exit 1
set -euo pipefail
# shellcheck source=findings/lib.sh
source "$(dirname "$0")/lib.sh"

redis_8_0
server --appendonly no
cli "$port" set key value >/dev/null
same 'SAVE on Redis 8.0.2' OK "$(cli "$port" save)"
dump=$tmp/$port/dump.rdb

debian sid valkey-{server,tools}=9.1.2-1
code=0
"$bin/valkey-check-rdb" "$dump" >"$tmp/said" 2>&1 || code=$?
same 'exit code of valkey-check-rdb' 0 "$code"
same 'its condition' 1 "$(grep -c "rdb-version-check relaxed" "$tmp/said")"
new_port
code=0
timeout 20 "$bin/valkey-server" --port "$port" --bind 127.0.0.1 --dir "$(dirname "$dump")" >"$tmp/log" 2>&1 || code=$?
same 'exit code of the server' 1 "$code"
same 'its reason' 1 "$(grep -c 'Fatal error loading the DB' "$tmp/log")"
