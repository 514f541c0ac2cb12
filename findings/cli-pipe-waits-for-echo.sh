#!/usr/bin/env bash
# Software: redis-cli 7.0.15 (6.0, 8.0 and valkey-cli 8.1 and 9.1 are the same).
# Guess:    `redis-cli --pipe` needs the rights of the commands in the file.
# Happens:  it sends an ECHO of its own to know when all replies are there. A user who may not run ECHO gets everything
#           loaded, then redis-cli waits `--pipe-timeout` (30 seconds) without a reply and ends with 1, "errors: 2".
# Matters:  a restore of rescued writes with a narrow user looks failed and is not; doing it again counts every INCR twice.
# Seen:     NOPERM ... 'echo'; No replies for 2 seconds: exiting; errors: 2, replies: 3; exit 1; INCR was applied once
set -euo pipefail
# shellcheck source=findings/lib.sh
source "$(dirname "$0")/lib.sh"

redis_7_0
server --appendonly no
cli "$port" acl setuser loader on '>secret' '~*' +incr >/dev/null
began=$(now_ms)
code=0
printf 'INCR a\r\nINCR b\r\n' | "$bin/redis-cli" -p "$port" --no-auth-warning --user loader --pass secret --pipe --pipe-timeout 2 >"$tmp/out" 2>&1 || code=$?
same 'exit code' 1 "$code"
within 'milliseconds' 2000 8000 $(($(now_ms) - began))
same 'last line' 'errors: 2, replies: 3' "$(tail -1 "$tmp/out")"
same 'what is there' '1 1' "$(cli "$port" mget a b | paste -sd' ')"
code=0
printf 'INCR a\r\nINCR b\r\n' | "$bin/redis-cli" -p "$port" --pipe >/dev/null 2>&1 || code=$?
same 'exit code of a user who may ECHO' 0 "$code"
