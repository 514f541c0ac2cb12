#!/usr/bin/env bash
# Software: Valkey 9.1.2.
# Guess:    `shutdown-on-sigterm failover` hands the master's role to its replica before the process ends; outside of a cluster
#           it is refused.
# Happens:  a standalone master takes the setting, at the start and by CONFIG SET, says nothing, and ends as always. The replica
#           stays a replica with its link down.
# Matters:  systemctl stop on the master of a pair, with a setting that reads as if it were made for it, leaves no master.
# Seen:     CONFIG SET: OK; after SIGTERM: ended; replica: slave, master_link_status:down
set -euo pipefail
# shellcheck source=findings/lib.sh
source "$(dirname "$0")/lib.sh"

debian sid valkey-{server,tools}=9.1.2-1
server --shutdown-on-sigterm failover
master=$port
ending=$pid
same 'the setting' failover "$(cli "$master" config get shutdown-on-sigterm | sed -n 2p)"
same 'CONFIG SET' OK "$(cli "$master" config set shutdown-on-sigterm failover)"
server --replicaof 127.0.0.1 "$master"
replica=$port
until_true 10 follows "$master" "$replica"
kill -TERM "$ending"
until_true 15 bash -c "! kill -0 $ending"
until_true 5 is down info "$replica" master_link_status
sleep 2
same 'role of the replica' slave "$(cli "$replica" role | sed -n 1p)"
same 'words of the log about a failover' 0 "$(grep -ci 'failover' "$tmp/$master/log" || true)"
