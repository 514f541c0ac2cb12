#!/usr/bin/env bash
# Software: keepalived 2.2.7 (2.1.5 and 2.3.3 are the same).
# Guess:    a different advert_int on the two nodes only changes how fast the backup takes over.
# Happens:  so it is with `version 3`, where the backup takes over the master's interval. With version 2, which is the default, each
#           advert with another interval is thrown away, and both nodes are MASTER for good.
# Matters:  advert_int is the number that people tune. Changed on one node first, or in one file only, it makes two masters in one
#           version of the protocol and nothing at all in the other.
# Seen:     version 2: advertisement interval mismatch mine=2 sec rcv'd=1 sec; MASTER MASTER; version 3: MASTER BACKUP
set -euo pipefail
# shellcheck source=findings/lib.sh
source "$(dirname "$0")/lib.sh"

keepalived_2_2
two_hosts
# configure NUMBER PRIORITY VERSION INTERVAL
configure() {
  cat >"$tmp/$1.conf" <<END
$(instance "$2" '' "$4" "$3")
END
}
# pair VERSION INTERVAL INTERVAL SECONDS: both nodes run, for longer than the second would wait for an advert.
pair() {
  configure 0 150 "$1" "$2"
  configure 1 100 "$1" "$3"
  keepalived 0
  first=$pid
  until_true 15 has_vip 0
  keepalived 1
  second=$pid
  sleep "$4"
}
pair 3 0.2 0.4 3
same 'states with version 3' 'MASTER BACKUP' "$(state 0) $(state 1)"
kill -TERM "$first" "$second"
wait "$first" "$second" || true
pair 2 1 2 9
same 'states with version 2' 'MASTER MASTER' "$(state 0) $(state 1)"
within 'lines about the mismatch' 1 100 "$(grep -c "interval mismatch mine=2 sec rcv'd=1 sec" "$tmp/1.log")"
