#!/usr/bin/env bash
# Software: Redis 7.0.15 (6.0, 8.6 and Valkey 8.1 to 9.1 are the same; 8.0.2 gives the client a copy of its own).
# Guess:    with diskless replication, replicas that wait for `repl-diskless-sync-delay` get one copy at its end, over the sockets.
# Happens:  a client that sends a bare PSYNC or SYNC, without REPLCONF capa eof before, gets its copy at once, by disk, and every
#           replica that waits is served with it: the delay is over for all of them, and so is diskless.
# Matters:  diskless is set because the disk is slow or full, and the delay so that all replicas share one copy. One tool that
#           reads the stream, and says no more than PSYNC, undoes both for the real replica.
# Seen:     delay 6: link up after 6.7 seconds, "target: replicas sockets"; with such a client after 0.4, "target: disk"
set -euo pipefail
# shellcheck source=findings/lib.sh
source "$(dirname "$0")/lib.sh"

redis_7_0
# copied: milliseconds until the link of a new replica of $master is up; with an argument, a client sends that meanwhile.
# They are in $took.
copied() {
  local began
  server --replicaof 127.0.0.1 "$master"
  began=$(now_ms)
  until_true 5 grep -q 'Delay next BGSAVE' "$tmp/$master/log"
  if [ $# -gt 0 ]; then
    exec 4<>"/dev/tcp/127.0.0.1/$master"
    printf '%s\r\n' "$1" >&4
  fi
  until_true 15 is up info "$port" master_link_status
  took=$(($(now_ms) - began))
}
targets() { sed -nE 's/.*BGSAVE for SYNC with target: (.*)/\1/p' "$tmp/$master/log" | paste -sd,; }

server --repl-diskless-sync-delay 6
master=$port
copied
within 'milliseconds until the link of a replica is up' 5000 9000 "$took"
same 'target' 'replicas sockets' "$(targets)"

for request in 'PSYNC ? -1' SYNC; do
  server --repl-diskless-sync-delay 6
  master=$port
  copied "$request"
  within "the same with a client that says $request" 0 3500 "$took"
  same 'target' disk "$(targets)"
  exec 4>&-
done
