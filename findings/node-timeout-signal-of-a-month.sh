#!/usr/bin/env bash
# Software: Node 26.10.0 (20.20.2 is the same).
# Guess:    AbortSignal.timeout accepts 0 to 4294967295 and refuses more, so 30 days (2592000000) is a deadline of 30 days.
# Happens:  above 2147483647 it is a deadline of 1 ms. The check of the argument knows unsigned numbers, the timer signed ones.
#           The warning on stderr is the only difference to a real timeout.
# Matters:  "practically no deadline" for a long copy or a maintenance pause, given in days, ends the work at once.
# Seen:     2147483647: not aborted after 300 ms; 2592000000: aborted
set -euo pipefail
# shellcheck source=findings/lib.sh
source "$(dirname "$0")/lib.sh"

node_26
# aborted MILLISECONDS: whether the signal has aborted after 300 ms, or the code of the error.
aborted() {
  "$node" --no-warnings -e "
    try {
      const signal = AbortSignal.timeout($1);
      setTimeout(() => console.log(signal.aborted), 300);
    } catch (error) {
      console.log(error.code);
    }"
}
same '2147483647' false "$(aborted 2147483647)"
same '2147483648' true "$(aborted 2147483648)"
same '30 days' true "$(aborted 2592000000)"
same '4294967295' true "$(aborted 4294967295)"
same '4294967296' ERR_OUT_OF_RANGE "$(aborted 4294967296)"
