#!/usr/bin/env bash
# Software: Node 26.10.0 on Linux.
# Guess:    process.exit() ends the process at once, whatever it is doing.
# Happens:  it waits until the thread pool has finished what it has begun: a name that is being looked up, a file that is being read, a
#           hash. Callbacks are not called any more. A signal ends the process at once.
# Matters:  a health check with a limit of its own, "no answer in 200 ms, so exit(1)", takes as long as the name server is silent, five to
#           thirty seconds by default, and whoever started it gets its answer then.
# Seen:     exit called after 0.2 s with a lookup under way, silent name server (timeout:4): ended after 4.0 s; by SIGTERM: 0.2 s
set -euo pipefail
# shellcheck source=findings/lib.sh
source "$(dirname "$0")/lib.sh"

unshare -nm true 2>/dev/null || skip 'namespaces need root'
node_26
silent_names 4
cat >"$tmp/program.js" <<'JS'
if (process.argv[3] === 'lookup') require('dns').lookup('redis.example', () => console.log('called'));
setTimeout(() => {
  if (process.argv[2] === 'exit') process.exit(7);
  process.kill(process.pid, 'SIGTERM');
}, 200);
JS
cat >"$tmp/inside.sh" <<'SH'
ip link set lo up
mount --bind "$1/resolv.conf" /etc/resolv.conf
python3 "$1/silent.py" "$1/ready" &
until [ -e "$1/ready" ]; do sleep 0.05; done
for words in 'exit none' 'exit lookup' 'kill lookup'; do
  began=$(date +%s%N)
  code=0
  "$2" "$1/program.js" $words || code=$?
  echo "$code $((($(date +%s%N) - began) / 1000000))"
done
kill "$!"
SH
unshare -nm bash "$tmp/inside.sh" "$tmp" "$node" >"$tmp/seen" 2>/dev/null
same 'lines' 3 "$(grep -c . "$tmp/seen")"
line() { sed -n "$1p" "$tmp/seen" | cut -d' ' -f"$2"; }
same 'exit codes' '7 7 143' "$(line 1 1) $(line 2 1) $(line 3 1)"
within 'milliseconds of exit' 200 3000 "$(line 1 2)"
within 'milliseconds of exit during a lookup' 3900 12000 "$(line 2 2)"
within 'milliseconds of SIGTERM during a lookup' 200 3000 "$(line 3 2)"
