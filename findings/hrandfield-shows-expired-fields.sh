#!/usr/bin/env bash
# Software: Redis 8.0.2 (8.6.3 is the same; Valkey 9.1.2 answers nil).
# Guess:    on a replica all reading commands agree which fields of a hash have expired, as they do for keys.
# Happens:  HGET, HEXISTS and HGETALL hide an expired field, HRANDFIELD returns it, and HLEN and EXISTS count it. A key that
#           has expired as a whole is hidden from all of them.
# Matters:  while the master is frozen or cut off nobody deletes the field, for however long that lasts: a replica that serves
#           reads hands out sessions, tokens or jobs by HRANDFIELD that the same replica denies by HGET.
# Seen:     HGETALL: (nothing), HEXISTS 0, HLEN 1, EXISTS 1, HRANDFIELD token
set -euo pipefail
# shellcheck source=findings/lib.sh
source "$(dirname "$0")/lib.sh"

redis_8_0
server
master=$port
frozen=$pid
server --replicaof 127.0.0.1 "$master"
replica=$port
until_true 10 follows "$master" "$replica"
cli "$master" hset hash token value >/dev/null
cli "$master" hpexpire hash 1500 fields 1 token >/dev/null
cli "$master" set key value px 1500 >/dev/null
until_true 1 is 1 cli "$replica" exists key
kill -STOP "$frozen"
until_true 5 is 0 cli "$replica" hexists hash token
sleep 0.5
same 'EXISTS of an expired key' 0 "$(cli "$replica" exists key)"
same 'HGETALL' '' "$(cli "$replica" hgetall hash)"
same 'HGET' '' "$(cli "$replica" hget hash token)"
same 'HLEN' 1 "$(cli "$replica" hlen hash)"
same 'EXISTS of the hash' 1 "$(cli "$replica" exists hash)"
same 'HRANDFIELD' token "$(cli "$replica" hrandfield hash)"
