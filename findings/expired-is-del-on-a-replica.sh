#!/usr/bin/env bash
# Software: Valkey 8.1.1 (Redis 6.0 to 8.0 and Valkey 9.1 are the same).
# Guess:    keyspace notifications of a replica are those of its master, `expired` for a key whose time is over.
# Happens:  the replica reports what is in the stream, and there an expired key is a DEL (or UNLINK): the event is `del`. SPOP is
#           `srem` there. `expired` never comes from a replica.
# Matters:  a listener that waits for `expired` on the replica, to spare the master, hears nothing; one that treats `del` as "a
#           user deleted it" takes every expiry for that, until a failover swaps the two.
# Seen:     master: set expire expired sadd spop; replica: set expire del sadd srem
set -euo pipefail
# shellcheck source=findings/lib.sh
source "$(dirname "$0")/lib.sh"

valkey_8_1
server --notify-keyspace-events KEA
master=$port
server --replicaof 127.0.0.1 "$master" --notify-keyspace-events KEA
replica=$port
until_true 10 follows "$master" "$replica"
for at in "$master" "$replica"; do
  "$bin/valkey-cli" -p "$at" psubscribe '__keyevent@*__:*' >"$tmp/events.$at" 2>&1 &
  started+=($!)
  until_true 5 grep -q psubscribe "$tmp/events.$at"
done
cli "$master" set session value px 300 >/dev/null
until_true 5 is 0 cli "$master" exists session
cli "$master" sadd members one two >/dev/null
cli "$master" spop members >/dev/null
events() { grep -E '^__keyevent@0__:' "$tmp/events.$1" | cut -d: -f2 | paste -sd' '; }
until_true 5 grep -q ':spop' "$tmp/events.$master"
until_true 5 grep -q ':srem' "$tmp/events.$replica"
same 'events of the master' 'set expire expired sadd spop' "$(events "$master")"
same 'events of the replica' 'set expire del sadd srem' "$(events "$replica")"
