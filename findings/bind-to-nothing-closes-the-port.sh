#!/usr/bin/env bash
# Software: Redis 8.0.2 (7.0.15, 8.6.3 and Valkey 8.1.1 and 9.1.2 are the same).
# Guess:    `CONFIG SET bind ""` takes the restriction away: without a `bind` line the server listens on all addresses.
# Happens:  the server answers OK and listens on no address at all. `port` is as before, and connections that are open stay,
#           but only a Unix socket takes new ones. CONFIG REWRITE writes `bind ""`, and so it is after the next start.
# Matters:  no new client and no replica comes in, and neither does the administrator who wants to take it back: on a server
#           without a Unix socket the connection that gave the command is the last one.
# Seen:     OK; port: the same; new connections: refused; PING on the old connection: PONG; in the file: bind ""; started
#           anew: refused
set -euo pipefail
# shellcheck source=findings/lib.sh
source "$(dirname "$0")/lib.sh"

redis_8_0
new_port
printf '%s\n' "port $port" 'bind 127.0.0.1' "unixsocket $tmp/socket" "dir $tmp" 'save ""' >"$tmp/redis.conf"
# start: afterwards the server answers on its Unix socket; its process is $pid.
start() {
  "$bin/redis-server" "$tmp/redis.conf" >/dev/null &
  pid=$!
  started+=("$pid")
  until_true 10 is PONG local_cli ping
}
local_cli() { "$bin/redis-cli" --raw -s "$tmp/socket" "$@"; }
knock() { if (exec 4<>"/dev/tcp/127.0.0.1/$port") 2>/dev/null; then echo open; else echo refused; fi; }

start
until_true 10 is open knock
exec 3<>"/dev/tcp/127.0.0.1/$port"
same 'CONFIG SET bind ""' OK "$(local_cli config set bind '')"
same 'new connections' refused "$(knock)"
same 'port' "$port" "$(local_cli config get port | tail -1)"
printf 'PING\r\n' >&3
read -r -t 10 said <&3 || said=silence
same 'the connection that is open' +PONG "${said//$'\r'/}"
same 'CONFIG REWRITE' OK "$(local_cli config rewrite)"
same 'line in the file' 'bind ""' "$(grep bind "$tmp/redis.conf")"
local_cli shutdown nosave
wait "$pid" || true
start
same 'new connections after the next start' refused "$(knock)"
same 'CONFIG SET bind 127.0.0.1' OK "$(local_cli config set bind 127.0.0.1)"
same 'new connections then' open "$(knock)"
