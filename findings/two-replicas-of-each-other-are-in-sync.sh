#!/usr/bin/env bash
# Software: Redis 7.0.15 (8.0, 8.6 and Valkey 8.1 to 9.1 are the same; on 6.0 both links are down).
# Guess:    two servers that were made replicas of each other have no master to copy from, so their links are down.
# Happens:  both links come up and stay up: master_link_status:up, equal offsets, state=online on both sides. Nobody takes a write.
# Matters:  "a replica with its link up is fine" is the common check, and here it says fine on both nodes while the pair is dead.
#           Two operators, or one script that ran on both nodes, are enough.
# Seen:     role slave, link up, connected_slaves 1 on both for 5 seconds; SET: READONLY
set -euo pipefail
# shellcheck source=findings/lib.sh
source "$(dirname "$0")/lib.sh"

redis_7_0
server --appendonly no
one=$port
server --replicaof 127.0.0.1 "$one"
two=$port
until_true 10 follows "$one" "$two"
cli "$one" replicaof 127.0.0.1 "$two" >/dev/null
until_true 10 is up info "$one" master_link_status
until_true 10 is up info "$two" master_link_status
sleep 5
for at in "$one" "$two"; do
  same 'role, link, replicas' 'slave up 1' "$(info "$at" role) $(info "$at" master_link_status) $(info "$at" connected_slaves)"
  same 'SET' READONLY "$(cli "$at" set key value | cut -d' ' -f1)"
done
same 'difference of the offsets' 0 $(($(info "$one" slave_repl_offset) - $(info "$two" slave_repl_offset)))
