#!/usr/bin/env bash
# Software: Redis 7.0.15 (6.0.16 is the same; 8.0.2 and Valkey 8.0 to 9.1 are not).
# Guess:    ACL LOAD of a file in which nothing changed leaves every client connected.
# Happens:  it closes the connections of every user but `default`, as if each of them had been deleted.
# Matters:  a replica that logs in with `masteruser` loses its link, and so does every application with a user of its own,
#           whenever a deployment runs ACL LOAD on the master "to be sure".
# Seen:     before ACL LOAD: +PONG
#           after ACL LOAD, user bob: closed
#           after ACL LOAD, user default: +PONG
set -euo pipefail
# shellcheck source=findings/lib.sh
source "$(dirname "$0")/lib.sh"

redis_7_0
printf 'user default on nopass ~* &* +@all\nuser bob on >secret ~* &* +@all\n' >"$tmp/users"
server --aclfile "$tmp/users"

exec 3<>"/dev/tcp/127.0.0.1/$port" 4<>"/dev/tcp/127.0.0.1/$port"
# ping FD: the reply, or `closed`.
ping() {
  local line=closed
  { printf 'PING\r\n' >&"$1"; } 2>/dev/null || true
  IFS= read -r -t 5 line <&"$1" || line=closed
  echo "${line%$'\r'}"
}
printf 'AUTH bob secret\r\n' >&3
IFS= read -r -t 5 reply <&3
same 'bob logs in' +OK "${reply%$'\r'}"
same 'before ACL LOAD, user bob' +PONG "$(ping 3)"
same 'before ACL LOAD, user default' +PONG "$(ping 4)"
same 'ACL LOAD' OK "$(cli "$port" acl load)"
same 'after ACL LOAD, user bob' closed "$(ping 3)"
same 'after ACL LOAD, user default' +PONG "$(ping 4)"
