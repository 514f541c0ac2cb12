#!/usr/bin/env bash
# Software: Valkey 9.1.2.
# Guess:    `valkey-cli --rdb` makes a copy of a server of its own version, whatever is in it.
# Happens:  as soon as one field of one hash has a time to live, it fails. valkey-cli does not say its version when it asks for the
#           dataset, so the server writes the old format for it, which cannot hold such a field, and gives up.
# Matters:  the nightly copy works for months, until an application starts to use HEXPIRE. Real replicas name their version, and go
#           on working.
# Seen:     exit 0 without the time to live; exit 1 with it; the replica beside it: link up
set -euo pipefail
# shellcheck source=findings/lib.sh
source "$(dirname "$0")/lib.sh"

debian sid valkey-{server,tools}=9.1.2-1
server --appendonly no
master=$port
cli "$master" hset hash field value >/dev/null
# copy: the exit code of valkey-cli --rdb.
copy() {
  local code=0
  timeout 20 "$bin/valkey-cli" -p "$master" --rdb "$tmp/copy.rdb" >"$tmp/said" 2>&1 || code=$?
  echo "$code"
}
same 'exit code without a time to live' 0 "$(copy)"
cli "$master" hexpire hash 1000 fields 1 field >/dev/null
same 'exit code with a time to live' 1 "$(copy)"
server --replicaof 127.0.0.1 "$master"
until_true 10 follows "$master" "$port"
same 'value on a replica' value "$(cli "$port" hget hash field)"
