#!/usr/bin/env bash
# Software: Redis 8.0.2 (7.0.15 and Valkey 9.1.2 are the same).
# Guess:    FAILOVER ... TIMEOUT 1000 has either succeeded or been taken back after a second.
# Happens:  the timeout covers only the wait for the replica to catch up. Then the master makes itself a replica of the address that
#           its replica announces. If that cannot be reached from here, it tries for ever: both are replicas, nobody takes
#           writes, master_failover_state stays failover-in-progress. FAILOVER ABORT ends it.
# Matters:  replica-announce-ip and -port are made for clients (a container, a NAT), and nothing uses them between the two servers
#           until the first FAILOVER. Replication runs well the other way all the time.
# Seen:     5 seconds after FAILOVER TIMEOUT 1000: slave, slave, failover-in-progress; after FAILOVER ABORT: master
set -euo pipefail
# shellcheck source=findings/lib.sh
source "$(dirname "$0")/lib.sh"

redis_8_0
new_port
announced=$port
server --appendonly no
master=$port
server --replicaof 127.0.0.1 "$master" --replica-announce-port "$announced"
replica=$port
until_true 10 follows "$master" "$replica"
role() { cli "$1" role | sed -n 1p; }
same 'FAILOVER' OK "$(cli "$master" failover to 127.0.0.1 "$announced" timeout 1000)"
sleep 5
same 'roles after five seconds' 'slave slave' "$(role "$master") $(role "$replica")"
same 'state' failover-in-progress "$(info "$master" master_failover_state)"
same 'FAILOVER ABORT' OK "$(cli "$master" failover abort)"
until_true 5 is master role "$master"
echo 'as described: after FAILOVER ABORT: master'
