#!/usr/bin/env bash
# Software: Valkey 9.1.2 (Redis 6.0.16, 7.0.15, 8.0.2 and 8.6.3 are the same).
# Guess:    CLIENT KILL SKIPME yes is a syntax error: SKIPME says something about filters, and there is none.
# Happens:  no filter fits everybody. All other connections are closed, those of the replicas and subscribers too.
# Matters:  a script that puts its filters together, and for once has none, cuts off a whole server. The replica is back by
#           itself, but it has lost its link at the worst moment, and WAIT and min-replicas count nobody meanwhile.
# Seen:     CLIENT KILL SKIPME yes: 2; replicas before: 1; left: the caller; links made by the replica: 2
set -euo pipefail
# shellcheck source=findings/lib.sh
source "$(dirname "$0")/lib.sh"

debian sid valkey-{server,tools}
server
master=$port
server --replicaof 127.0.0.1 "$master"
until_true 20 follows "$master" "$port"
same 'links that the replica has made' 1 "$(info "$master" sync_full)"
exec 5<>"/dev/tcp/127.0.0.1/$master"
printf 'SUBSCRIBE news\r\n' >&5
until_true 5 bash -c "$(declare -f cli); bin=$bin; cli $master client list | grep -q sub=1"
same 'CLIENT KILL SKIPME yes' 2 "$(cli "$master" client kill skipme yes)"
same 'subscribers left' 0 "$(cli "$master" client list | grep -c ' sub=1 ' || true)"
until_true 20 follows "$master" "$port"
same 'links that had to be made again' 1 "$(info "$master" sync_partial_ok)"
