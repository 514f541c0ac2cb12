#!/usr/bin/env bash
# Software: Redis 8.0.2 (7.0.15 is the same).
# Guess:    a replica whose `masteruser` may not run REPLCONF cannot replicate: its link stays down with NOPERM.
# Happens:  the link is up at nearly every look, state=online, and the data follows. But the master closes the connection at
#           each acknowledgement, once a second, and the replica returns by a partial resynchronisation, for ever. WAIT counts
#           nobody, and the master shows port=0 and offset=0.
# Matters:  both ends look healthy when the pair is set up. min-replicas-to-write mostly counts it, a tool that compares offsets sees
#           a replica that holds nothing, and a copy is cut off and mended 86,400 times a day.
# Seen:     slave0:ip=127.0.0.1,port=0,state=online,offset=0,lag=0; WAIT 0; sync_partial_ok 16 after 15 seconds
set -euo pipefail
# shellcheck source=findings/lib.sh
source "$(dirname "$0")/lib.sh"

redis_8_0
server
master=$port
cli "$master" acl setuser copier on '>secret' +psync +ping >/dev/null
server --replicaof 127.0.0.1 "$master" --masteruser copier --masterauth secret
replica=$port
until_true 10 follows "$master" "$replica"
before=$(info "$master" sync_partial_ok)
ups=0
for _ in {1..20}; do
  if is up info "$replica" master_link_status; then ups=$((ups + 1)); fi
  sleep 0.3
done
within 'link up, of 20 looks in 6 seconds or more' 15 20 "$ups"
within 'partial resynchronisations meanwhile' 4 30 $(($(info "$master" sync_partial_ok) - before))
same 'full synchronisations' 1 "$(info "$master" sync_full)"
until_true 5 is 'port=0,state=online,offset=0' bash -c "'$bin/redis-cli' -p $master info replication | sed -n 's/^slave0://p' | cut -d, -f2-4"
same 'SET and WAIT' 'OK 0' "$(printf 'SET key value\nWAIT 1 500\n' | cli "$master" | paste -sd' ')"
until_true 5 is value cli "$replica" get key
echo 'as described: the data has followed'
