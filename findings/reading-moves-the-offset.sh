#!/usr/bin/env bash
# Software: Redis 6.0.16 (7.0.15 and later do not).
# Guess:    a transaction that only reads (MULTI, INFO, EXEC) leaves the replication offset where it is.
# Happens:  INFO is not marked as reading, so MULTI and EXEC go into the stream, and the offset grows, inside the transaction already.
# Matters:  INFO in a transaction is how one reads two values of the same moment. A tool that compares two such readings to learn
#           whether somebody wrote in between always finds that somebody did: itself.
# Seen:     offset grows with MULTI INFO EXEC; it does not with MULTI GET EXEC, nor with INFO alone
set -euo pipefail
# shellcheck source=findings/lib.sh
source "$(dirname "$0")/lib.sh"

redis_6_0
server --repl-ping-replica-period 3600
master=$port
server --replicaof 127.0.0.1 "$master"
until_true 10 follows "$master" "$port"
# growth COMMAND: bytes that a transaction with that command, and no other, adds to the offset.
growth() {
  local before
  before=$(info "$master" master_repl_offset)
  printf 'MULTI\n%s\nEXEC\n' "$1" | cli "$master" >/dev/null
  echo $(($(info "$master" master_repl_offset) - before))
}
same 'MULTI GET EXEC' 0 "$(growth 'GET probe')"
within 'MULTI INFO EXEC' 15 100 "$(growth 'INFO replication')"
before=$(info "$master" master_repl_offset)
cli "$master" info replication >/dev/null
same 'INFO alone' 0 $(($(info "$master" master_repl_offset) - before))
