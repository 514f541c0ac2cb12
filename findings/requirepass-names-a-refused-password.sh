#!/usr/bin/env bash
# Software: Redis 7.0.15 (8.0.2, 8.6.3 and Valkey 9.1.2 are the same; on 6.0.16 CONFIG SET does what it says).
# Guess:    requirepass is the password of the user `default`. CONFIG GET says which one is accepted, and CONFIG SET requirepass makes it so.
# Happens:  requirepass is a text beside the user. After ACL SETUSER default <old >new it still says old, which is refused. CONFIG SET
#           requirepass old then answers OK and does nothing: the text is old already. CONFIG REWRITE writes both lines, and so it is
#           after the next start.
# Matters:  passwords are changed by ACL SETUSER, since that accepts two for a while. Whoever goes back with CONFIG SET reads OK, and each
#           client and replica with the old password stays outside. Whoever compares the configuration of two nodes sees no difference.
# Seen:     old: refused, new: PONG; CONFIG GET requirepass: old; CONFIG SET requirepass old: OK; old: refused, new: PONG; after a
#           restart too
set -euo pipefail
# shellcheck source=findings/lib.sh
source "$(dirname "$0")/lib.sh"

redis_7_0
echo 'requirepass old' >"$tmp/conf"
new_port
# begin: afterwards a server answers at $port that reads its file and writes to it.
begin() {
  "$bin/redis-server" "$tmp/conf" --port "$port" --bind 127.0.0.1 --dir "$tmp" --save '' >/dev/null &
  pid=$!
  started+=("$pid")
  until_true 10 bash -c "exec 3<>/dev/tcp/127.0.0.1/$port"
}
# accepted: what a client gets with the old password, and with the new one.
accepted() {
  local word
  for word in old new; do
    REDISCLI_AUTH=$word cli "$port" ping 2>/dev/null | sed 's/^NOAUTH.*/refused/; /^$/d'
  done | paste -sd' '
}
begin
same 'with requirepass old' 'PONG refused' "$(accepted)"
same 'the change' OK "$(REDISCLI_AUTH=old cli "$port" acl setuser default '<old' '>new' 2>/dev/null)"
export REDISCLI_AUTH=new
same 'after it' 'refused PONG' "$(accepted)"
same 'requirepass' old "$(cli "$port" config get requirepass | tail -1)"
same 'the way back' OK "$(cli "$port" config set requirepass old)"
same 'after it' 'refused PONG' "$(accepted)"
same 'CONFIG REWRITE' OK "$(cli "$port" config rewrite)"
stop "$pid"
begin
same 'after a restart' 'refused PONG' "$(accepted)"
same 'requirepass' old "$(cli "$port" config get requirepass | tail -1)"
same 'the way back' OK "$(cli "$port" config set requirepass old)"
same 'after it' 'refused PONG' "$(accepted)"
same 'another one' OK "$(cli "$port" config set requirepass third)"
same 'after it' 'refused refused' "$(accepted)"
