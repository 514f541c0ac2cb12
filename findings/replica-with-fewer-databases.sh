#!/usr/bin/env bash
# Software: Redis 8.0.2 (6.0, 7.0 and Valkey 9.1 are the same).
# Guess:    a replica with `databases 16` cannot follow a master with 32: the link breaks when database 20 is first written.
# Happens:  the SELECT 20 in the stream fails on the replica, with one line in its log, and what follows is applied to the database
#           of the SELECT before: keys of database 20 land in database 0. The link stays up, and the offsets are equal.
# Matters:  two nodes of different ages, one redis.conf with `databases 32`: every sign of health is green, and the copy is mixed
#           up for good. FLUSHDB in database 20 of the master empties database 0 of its replica.
# Seen:     link up, same offsets; replica: key of database 20 in database 0; after FLUSHDB in 20: database 0 is 1 key here, 0 there
set -euo pipefail
# shellcheck source=findings/lib.sh
source "$(dirname "$0")/lib.sh"

redis_8_0
server --databases 32
master=$port
server --replicaof 127.0.0.1 "$master" --databases 16
replica=$port
until_true 10 follows "$master" "$replica"
cli "$master" -n 20 set from20 value >/dev/null
until_true 5 is 1 cli "$replica" exists from20
same 'the key in database 0 of the master' 0 "$(cli "$master" exists from20)"
same 'link' up "$(info "$replica" master_link_status)"
cli "$master" -n 20 flushdb >/dev/null
until_true 5 is 0 cli "$replica" dbsize
same 'keys in database 0 of the master' 1 "$(cli "$master" dbsize)"
same 'keys in database 0 of the replica' 0 "$(cli "$replica" dbsize)"
until_true 5 is "$(info "$master" master_repl_offset)" info "$replica" slave_repl_offset
same 'link' up "$(info "$replica" master_link_status)"
