#!/usr/bin/env bash
# Software: Redis 8.0.2 (6.0.16, 7.0.15, 8.6.3 and Valkey 8.1.1 and 9.1.2 are the same).
# Guess:    after CONFIG SET replica-announce-ip the master shows the new address within a second: the replica reports to it
#           every second.
# Happens:  a replica says its address only when it makes a link. INFO and ROLE of the master show the old one until the link
#           breaks, which may be in months.
# Matters:  FAILOVER sends the old master to the announced address. An administrator who corrects a wrong one and reads it
#           back at the replica sends the old master to the wrong one all the same.
# Seen:     CONFIG SET: OK; 5 s later: ip=127.0.0.1; after CLIENT KILL TYPE replica: ip=127.0.0.9
set -euo pipefail
# shellcheck source=findings/lib.sh
source "$(dirname "$0")/lib.sh"

redis_8_0
server
master=$port
server --replicaof 127.0.0.1 "$master"
until_true 20 follows "$master" "$port"
shown() { info "$master" slave0 | sed -E 's/ip=([^,]*),.*/\1/'; }
acknowledged() { info "$master" slave0 | sed -E 's/.*offset=([0-9]*).*/\1/'; }
same 'CONFIG SET' OK "$(cli "$port" config set replica-announce-ip 127.0.0.9)"
cli "$master" set key value >/dev/null
reported() { [ "$(acknowledged)" = "$(info "$master" master_repl_offset)" ]; }
until_true 20 reported
sleep 3
same 'address at the master after several reports' 127.0.0.1 "$(shown)"
cli "$master" client kill type replica >/dev/null
until_true 20 is 127.0.0.9 shown
echo 'as described: address after a new link: 127.0.0.9'
