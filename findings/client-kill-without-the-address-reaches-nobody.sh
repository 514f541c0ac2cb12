#!/usr/bin/env bash
# Software: Redis 7.0.15 on Linux 6.18.
# Guess:    CLIENT KILL ends a connection for both sides, also when the address that the client came by has been taken from
#           the host.
# Happens:  Redis counts 1 and forgets the client. But the packet that would say so needs the address as its source: the
#           kernel keeps it, and the client stays ESTABLISHED. It hears of the end when the address is back on this host.
# Matters:  this is what a demoted master looks like. Its CLIENT LIST is empty and everything seems to have moved, while
#           subscribers wait on dead connections. CLIENT KILL must come before the address goes.
# Seen:     CLIENT KILL: 1; client 3 s later: ESTAB, and FIN-WAIT-1 at the server; with the address again: closed
set -euo pipefail
# shellcheck source=findings/lib.sh
source "$(dirname "$0")/lib.sh"

redis_7_0
two_hosts
on() { ip netns exec "${hosts[$1]}" "${@:2}"; }
ip -n "${hosts[0]}" addr add 10.9.0.100/24 dev va
on 0 "$bin/redis-server" --port 6379 --bind 0.0.0.0 --protected-mode no --save '' --dir "$tmp" --logfile "$tmp/log" >/dev/null &
started+=($!)
server_cli() { on 0 "$bin/redis-cli" --raw "$@" | tr -d '\r'; }
until_true 10 is PONG server_cli ping
# A client that only listens, and says when its connection has ended.
on 1 bash -c 'exec 3<>/dev/tcp/10.9.0.100/6379; printf "SUBSCRIBE news\r\n" >&3; cat <&3; echo closed' >"$tmp/heard" &
started+=($!)
until_true 10 grep -q subscribe "$tmp/heard"
# socket NUMBER: the state of the connection on that host.
socket() { on "$1" ss -tanH | awk '/10\.9\.0\.100:6379/ { print $1 }' | grep -v LISTEN; }
ip -n "${hosts[0]}" addr del 10.9.0.100/24 dev va
same 'CLIENT KILL' 1 "$(server_cli client kill type pubsub)"
same 'subscribers that Redis knows' 0 "$(server_cli client list type pubsub | grep -c . || true)"
sleep 3
same 'the connection at the client' ESTAB "$(socket 1)"
same 'the connection at the server' FIN-WAIT-1 "$(socket 0)"
same 'what the client has heard' 0 "$(grep -c closed "$tmp/heard" || true)"
ip -n "${hosts[0]}" addr add 10.9.0.100/24 dev va
until_true 60 grep -q closed "$tmp/heard"
echo 'as described: closed when the address is there again'
