#!/usr/bin/env bash
# Software: Valkey 8.1.1 (Redis 6.0 to 8.0 and Valkey 9.1 are the same).
# Guess:    WAIT 1 says whether a replica has everything that the master has executed so far.
# Happens:  it asks for the last write of its own connection. On a fresh connection that is nothing, and every attached replica
#           has nothing: the answer is 1 at once, with a replica that is frozen.
# Matters:  `redis-cli SET ...; redis-cli WAIT 1 1000` in a maintenance script, or WAIT on another connection of a pool, always
#           says "replicated"; then the master is stopped, and the write is gone.
# Seen:     replica frozen; WAIT on the connection of SET: 0 after 500 ms; on a fresh one: 1 after 13 ms
set -euo pipefail
# shellcheck source=findings/lib.sh
source "$(dirname "$0")/lib.sh"

valkey_8_1
server --appendonly no
master=$port
server --replicaof 127.0.0.1 "$master"
replica=$port
until_true 10 follows "$master" "$replica"
kill -STOP "$pid"
same 'SET and WAIT on one connection' 'OK 0' "$(printf 'SET key value\nWAIT 1 500\n' | cli "$master" | paste -sd' ')"
began=$(now_ms)
same 'WAIT on a fresh connection' 1 "$(cli "$master" wait 1 5000)"
within 'milliseconds it took' 0 3000 $(($(now_ms) - began))
kill -CONT "$pid"
