#!/usr/bin/env bash
# Software: keepalived 2.2.7 (2.1.5 is the same; 2.3.3 accepts the adverts and only logs the difference).
# Guess:    when one node of a pair already has a second virtual address and the other not yet, there is still one MASTER.
# Happens:  an advert with another number of addresses is thrown away. The backup hears nobody, and becomes MASTER with the addresses
#           that it knows: both nodes hold 10.9.0.100.
# Matters:  adding an address to a running pair, one node after the other as everybody does it, is two masters and two writable
#           Redis from the first reload to the second.
# Seen:     received an unexpected ip number count 2, expected 1!; MASTER, MASTER; with equal lists: MASTER, BACKUP
set -euo pipefail
# shellcheck source=findings/lib.sh
source "$(dirname "$0")/lib.sh"

keepalived_2_2
two_hosts
# configure NUMBER PRIORITY [ADDRESS]
configure() {
  cat >"$tmp/$1.conf" <<END
vrrp_instance VI {
  interface va
  version 3
  virtual_router_id 9
  priority $2
  advert_int 0.2
  virtual_ipaddress {
    10.9.0.100/24
    ${3-}
  }
}
END
}
configure 0 150
configure 1 100
keepalived 0
first=$pid
until_true 10 has_vip 0
keepalived 1
until_true 10 is BACKUP state 1
sleep 2
same 'states with equal lists' 'MASTER BACKUP' "$(state 0) $(state 1)"
configure 0 150 10.9.0.101/24
kill -HUP "$first"
until_true 10 grep -q 'unexpected ip number count 2, expected 1' "$tmp/1.log"
until_true 10 has_vip 1
sleep 2
same 'states while the lists differ' 'MASTER MASTER' "$(state 0) $(state 1)"
same 'both hold the first address' yes "$(has_vip 0 && has_vip 1 && echo yes)"
configure 1 100 10.9.0.101/24
kill -HUP "$pid"
until_true 10 is BACKUP state 1
echo 'as described: BACKUP when the lists are equal again'
