#!/usr/bin/env bash
# Software: keepalived 2.2.7 on Linux (the kernel serves its process events in the first network namespace only).
# Guess:    track_process finds processes in /proc, so it does not depend on the network that keepalived is in.
# Happens:  in any other network namespace keepalived logs one refused connection, takes the process for missing, though it runs
#           and is in /proc, and the instance stays in FAULT for ever.
# Matters:  keepalived in a container or an LXC guest with a network of its own: the pair that worked on the host has no
#           address at all after the move, since both nodes say the same.
# Seen:     Failed to set/clear process event listen - errno 111; entering FAULT state (tracked process held quorum not achieved)
set -euo pipefail
# shellcheck source=findings/lib.sh
source "$(dirname "$0")/lib.sh"

keepalived_2_2
two_hosts
cp "$(command -v sleep)" "$tmp/held-process"
"$tmp/held-process" 60 &
held=$!
started+=("$held")
until_true 5 is held-process cat "/proc/$held/comm"
cat >"$tmp/0.conf" <<END
vrrp_track_process held {
  process held-process
}
$(instance 100 'track_process {
    held
  }')
END
keepalived 0
until_true 10 is FAULT state 0
sleep 2
same 'state' FAULT "$(state 0)"
same 'reason' 1 "$(grep -c 'tracked process held quorum not achieved' "$tmp/0.log")"
same 'refused' 1 "$(grep -c 'process event listen - errno 111' "$tmp/0.log")"
same 'the process' held-process "$(cat "/proc/$held/comm")"
