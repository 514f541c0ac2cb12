#!/usr/bin/env bash
# Software: Redis 6.0.16 (7.0.15 counts).
# Guess:    a replica that is promoted goes on counting from its offset: master_repl_offset tells how much it has written since.
# Happens:  a replica whose master refuses its password has let its backlog go. Promoted, it takes writes, and master_repl_offset stands
#           still until a replica comes. After the death of its master, which refused nothing, it counts.
# Matters:  whoever compares offsets of two masters after a split finds this one unchanged, with acknowledged writes in it: it is
#           taken for the one that may be overwritten.
# Seen:     100 writes on 6.0.16: the offset grew by 0 after a refusal, by 2723 after a death; on 7.0.15 by 2723
set -euo pipefail
# shellcheck source=findings/lib.sh
source "$(dirname "$0")/lib.sh"

refuses() {
  cli "$1" config set requirepass secret >/dev/null
  cli "$1" -a secret --no-auth-warning client kill type replica >/dev/null
}
dies() { stop "$2"; }

# grown refuses|dies: by how much the offset grows in 100 writes on a replica that is promoted after its master did so.
grown() {
  local master process replica before
  server
  master=$port
  process=$pid
  server --replicaof 127.0.0.1 "$master"
  replica=$port
  until_true 10 follows "$master" "$replica"
  "$1" "$master" "$process"
  until_true 10 is down info "$replica" master_link_status
  sleep 3
  cli "$replica" replicaof no one >/dev/null
  before=$(info "$replica" master_repl_offset)
  for _ in {1..100}; do cli "$replica" incr counter; done >/dev/null
  grown=$(($(info "$replica" master_repl_offset) - before))
}

redis_6_0
grown dies
[ "$grown" -gt 0 ] || changed '6.0 counts nothing after a death either'
echo "as described: bytes that 6.0 counted after a death: $grown"
grown refuses
same 'bytes that 6.0 counted after a refusal' 0 "$grown"
redis_7_0
grown refuses
[ "$grown" -gt 0 ] || changed '7.0 counts nothing either'
echo "as described: bytes that 7.0 counted: $grown"
