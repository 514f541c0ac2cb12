#!/usr/bin/env bash
# Software: Redis 7.0.15 (Valkey 9.1 is the same).
# Guess:    a replica whose master's name cannot be looked up has its link down, and serves reads from what it has.
# Happens:  it looks the name up itself, in its only thread, as often as it tries to connect. While the name server is silent nothing is
#           answered to anybody, then for up to a second everything, and so on.
# Matters:  `replicaof redis-a.example 6379` makes the replica depend on the name server just when the master is gone: the net that took
#           the master away takes reads, health checks and the promotion with it. With an address it only has its link down.
# Seen:     link down, silent name server (timeout:3): longest GET in 12 s: 2.8 s; with an address where nobody is: below 0.1 s
set -euo pipefail
# shellcheck source=findings/lib.sh
source "$(dirname "$0")/lib.sh"

unshare -nm true 2>/dev/null || skip 'namespaces need root'
redis_7_0
silent_names 3
cat >"$tmp/inside.sh" <<'SH'
ip link set lo up
mount --bind "$1/resolv.conf" /etc/resolv.conf
python3 "$1/silent.py" "$1/ready" &
silent=$!
"$2/redis-server" --port 6379 --bind 127.0.0.1 --save '' --dir "$1" --logfile "$1/log" &
server=$!
cli() { "$2/redis-cli" --raw -p 6379 "${@:3}"; }
until [ -e "$1/ready" ] && [ "$(cli "$1" "$2" ping)" = PONG ]; do sleep 0.05; done
cli "$1" "$2" set key value >/dev/null
for master in 127.0.0.1 redis.example; do
  cli "$1" "$2" replicaof "$master" 6380 >/dev/null
  longest=0
  end=$((SECONDS + 12))
  while [ "$SECONDS" -lt "$end" ]; do
    began=$(date +%s%N)
    [ "$(cli "$1" "$2" get key)" = value ] || exit 1
    took=$((($(date +%s%N) - began) / 1000000))
    if [ "$took" -gt "$longest" ]; then longest=$took; fi
    sleep 0.1
  done
  echo "$longest $(cli "$1" "$2" info replication | tr -d '\r' | sed -n 's/^master_link_status://p')"
done
kill -KILL "$server" "$silent"
SH
unshare -nm bash "$tmp/inside.sh" "$tmp" "$bin" >"$tmp/seen" 2>/dev/null
same 'lines' 2 "$(grep -c . "$tmp/seen")"
field() { sed -n "$1p" "$tmp/seen" | cut -d' ' -f"$2"; }
same 'links' 'down down' "$(field 1 2) $(field 2 2)"
within 'longest GET in milliseconds, with an address' 0 1500 "$(field 1 1)"
within 'longest GET in milliseconds, with a name' 2000 10000 "$(field 2 1)"
