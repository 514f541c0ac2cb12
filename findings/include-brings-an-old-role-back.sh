#!/usr/bin/env bash
# Software: Valkey 8.1.1 (Redis 6.0 to 8.0 and Valkey 9.1 are the same).
# Guess:    CONFIG REWRITE after REPLICAOF NO ONE answers OK, so the server is a master after its next start.
# Happens:  it removes `replicaof` from the main file only. A `replicaof` in an included file stays, nothing is written against
#           it, and after the next start the promoted master is a replica of the dead host again.
# Matters:  configuration tools like to keep replication in a file of its own. The promoted node forgets its promotion at its
#           first restart, with an OK from CONFIG REWRITE in the log of the failover.
# Seen:     CONFIG REWRITE: OK; role before the restart: master; after it: slave
set -euo pipefail
# shellcheck source=findings/lib.sh
source "$(dirname "$0")/lib.sh"

valkey_8_1
new_port
dead=$port
new_port
echo "replicaof 127.0.0.1 $dead" >"$tmp/replication.conf"
printf '%s\n' "port $port" 'bind 127.0.0.1' "dir $tmp" 'save ""' "include $tmp/replication.conf" >"$tmp/main.conf"
start() {
  "$bin/valkey-server" "$tmp/main.conf" >/dev/null 2>&1 &
  pid=$!
  started+=("$pid")
  until_true 10 cli "$port" ping
}
role() { cli "$port" role | sed -n 1p; }
start
same 'role at first' slave "$(role)"
same 'REPLICAOF NO ONE' OK "$(cli "$port" replicaof no one)"
same 'CONFIG REWRITE' OK "$(cli "$port" config rewrite)"
same 'role after the promotion' master "$(role)"
stop "$pid"
start
same 'role after a restart' slave "$(role)"
