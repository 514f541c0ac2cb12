#!/usr/bin/env bash
# Software: Valkey 8.1.1 (Redis 7.0 to 8.6 and Valkey 9.1 are the same).
# Guess:    a second CLIENT PAUSE replaces the first, so `CLIENT PAUSE 1 WRITE` ends a long one.
# Happens:  it answers OK, and the later of the two ends stays. A pause can only grow, until CLIENT UNPAUSE.
# Matters:  a failover tool that renews a short pause in a loop is fine; one that shortens a pause that somebody else set
#           reads OK and keeps the writers of the pair waiting.
# Seen:     CLIENT PAUSE 1 WRITE: OK; a SET after it waited 2950 ms
set -euo pipefail
# shellcheck source=findings/lib.sh
source "$(dirname "$0")/lib.sh"

valkey_8_1
server --appendonly no
cli "$port" client pause 4000 WRITE >/dev/null
same 'the shorter pause' OK "$(cli "$port" client pause 1 WRITE)"
began=$(now_ms)
same 'SET in the end' OK "$(cli "$port" set key value)"
within 'milliseconds that SET waited' 2500 6000 $(($(now_ms) - began))
