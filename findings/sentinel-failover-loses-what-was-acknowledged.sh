#!/usr/bin/env bash
# Software: Redis 7.0.15 with its Sentinel (Redis 8.0.2 and Valkey 9.1.2 are the same).
# Guess:    SENTINEL FAILOVER of a healthy master is a planned move, like FAILOVER: its writers wait or are refused, the replica
#           catches up, the roles change, and no acknowledged write is lost.
# Happens:  the master is not asked. Sentinel promotes the replica, and turns to the old master some ten seconds later. Until then both are
#           masters, and what the old one acknowledges in that time is thrown away by its copy of the new one.
# Matters:  it is the command that people type before they update a host. Every client that still holds its connection loses what
#           it wrote, and was told OK.
# Seen:     one client that writes as fast as it can: two masters for 11 s; of 220410 acknowledged writes 204629 lost
set -euo pipefail
# shellcheck source=findings/lib.sh
source "$(dirname "$0")/lib.sh"

redis_7_0
server
master=$port
server --replicaof 127.0.0.1 "$master"
replica=$port
until_true 20 follows "$master" "$replica"
new_port
sentinel=$port
cat >"$tmp/sentinel.conf" <<END
port $sentinel
bind 127.0.0.1
dir $tmp
sentinel monitor pair 127.0.0.1 $master 1
sentinel down-after-milliseconds pair 5000
END
"$bin/redis-server" "$tmp/sentinel.conf" --sentinel >"$tmp/sentinel.log" 2>&1 &
started+=("$!")
knows_the_replica() { cli "$sentinel" sentinel replicas pair | grep -q "^127.0.0.1:$replica$"; }
until_true 30 knows_the_replica
cat >"$tmp/writer.py" <<'PY'
import socket, sys
link = socket.create_connection(("127.0.0.1", int(sys.argv[1])))
number = 0
try:
    while True:
        link.sendall(b"SADD written %d\r\n" % number)
        if link.recv(64) != b":1\r\n":
            break
        number += 1
except OSError:
    pass
print(number)
PY
python3 "$tmp/writer.py" "$master" >"$tmp/acknowledged" &
writer=$!
started+=("$writer")
sleep 1
same 'SENTINEL FAILOVER' OK "$(cli "$sentinel" sentinel failover pair)"
until_true 30 is master info "$replica" role
began=$(now_ms)
until_true 60 is slave info "$master" role
within 'milliseconds with two masters' 1000 60000 "$(($(now_ms) - began))"
wait "$writer"
until_true 30 is up info "$master" master_link_status
acknowledged=$(cat "$tmp/acknowledged")
kept=$(cli "$replica" scard written)
within "lost of $acknowledged acknowledged writes" 1 "$acknowledged" "$((acknowledged - kept))"
same 'the old master has as many as the new one' "$kept" "$(cli "$master" scard written)"
