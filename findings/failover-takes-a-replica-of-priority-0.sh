#!/usr/bin/env bash
# Software: Redis 8.0.2 (7.0.15, 8.6.3 and Valkey 8.1.1 and 9.1.2 are the same).
# Guess:    a replica with `replica-priority 0` is never promoted: FAILOVER without TO takes another one, or is refused.
# Happens:  FAILOVER does not look at the priority, which only Sentinel reads. The replica that must never be a master is the
#           master.
# Matters:  priority 0 marks the copy in the other data centre, or the one for backups with half of the memory. A planned move
#           by FAILOVER hands it everything.
# Seen:     replica-priority 0; FAILOVER: OK; roles: slave master
set -euo pipefail
# shellcheck source=findings/lib.sh
source "$(dirname "$0")/lib.sh"

redis_8_0
server
master=$port
server --replicaof 127.0.0.1 "$master" --replica-priority 0
until_true 20 follows "$master" "$port"
same 'priority' 0 "$(info "$port" slave_priority)"
same 'FAILOVER' OK "$(cli "$master" failover)"
until_true 20 is no-failover info "$master" master_failover_state
until_true 20 is master info "$port" role
same 'roles' 'slave master' "$(info "$master" role) $(info "$port" role)"
