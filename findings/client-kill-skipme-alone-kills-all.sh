#!/usr/bin/env bash
# Software: Valkey 9.1.2 (Redis 6.0.16, 7.0.15, 8.0.2 and 8.6.3 are the same).
# Guess:    CLIENT KILL SKIPME yes is a syntax error: SKIPME says something about filters, and there is none.
# Happens:  without a filter every client matches. All other connections are closed, those of the replicas and subscribers
#           too.
# Matters:  a script puts its filters together, and for once has none: it cuts off a whole server. The replica comes back by
#           itself, but WAIT and min-replicas count nobody meanwhile, and subscribers miss what is said.
# Seen:     CLIENT KILL SKIPME yes: 2, the replica and a subscriber; links that had to be made again: 1
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
subscribers() { cli "$master" client list | grep -c ' sub=1 ' || true; }
until_true 20 is 1 subscribers
same 'CLIENT KILL SKIPME yes' 2 "$(cli "$master" client kill skipme yes)"
same 'subscribers left' 0 "$(subscribers)"
until_true 20 follows "$master" "$port"
same 'links that had to be made again' 1 "$(info "$master" sync_partial_ok)"
