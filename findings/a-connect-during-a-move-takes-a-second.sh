#!/usr/bin/env bash
# Software: Linux 6.18.
# Guess:    an address that is away for 0.2 seconds, between the host that gave it up and the one that takes it, costs a client that connects
#           just then 0.2 seconds; or the host that gave it up refuses at once, and the client tries again.
# Happens:  that host still gets the client's packets, and throws them away: no RST and no ICMP, as it forwards nothing. The client's
#           kernel sends the next SYN after a full second. A connection that is open already sends again after 0.2 s.
# Matters:  a move that takes 0.2 seconds by every other measure is a second for just the clients that connect, which is what most of them
#           do after a failover. A connect timeout of 1 second, or of 500 ms, makes errors of it.
# Seen:     address away for 200 ms (the same host takes it back): a connect begun meanwhile: 1016 ms; a request on an open connection: 207 ms
set -euo pipefail
# shellcheck source=findings/lib.sh
source "$(dirname "$0")/lib.sh"

two_hosts
ip netns exec "${hosts[0]}" sysctl -qw net.ipv4.ip_forward=0
ip -n "${hosts[0]}" addr add 10.9.0.100/32 dev va
cat >"$tmp/echo.py" <<'PY'
import socket, sys, threading
server = socket.create_server(("0.0.0.0", 7000))
open(sys.argv[1], "w").close()
def serve(link):
    while data := link.recv(100):
        link.sendall(data)
while True:
    threading.Thread(target=serve, args=(server.accept()[0],), daemon=True).start()
PY
cat >"$tmp/client.py" <<'PY'
import socket, sys, time
folder, kind = sys.argv[1:]
def request(link):
    link.sendall(b"x")
    link.recv(1)
link = socket.create_connection(("10.9.0.100", 7000), 20)
for _ in range(20):
    request(link)
open(folder + "/ready", "w").close()
sys.stdin.readline()
began = time.monotonic()
if kind == "new":
    link = socket.create_connection(("10.9.0.100", 7000), 20)
else:
    request(link)
print(round((time.monotonic() - began) * 1000))
PY
ip netns exec "${hosts[0]}" python3 "$tmp/echo.py" "$tmp/listens" &
started+=("$!")
until_true 10 test -e "$tmp/listens"
# took KIND: milliseconds that the client needs, which begins while the address is away for 200 ms.
took() {
  mkfifo "$tmp/go.$1"
  ip netns exec "${hosts[1]}" python3 "$tmp/client.py" "$tmp" "$1" <"$tmp/go.$1" >"$tmp/took" &
  client=$!
  started+=("$client")
  exec 4>"$tmp/go.$1"
  until_true 10 test -e "$tmp/ready"
  rm "$tmp/ready"
  ip -n "${hosts[0]}" addr del 10.9.0.100/32 dev va
  echo go >&4
  sleep 0.2
  ip -n "${hosts[0]}" addr add 10.9.0.100/32 dev va
  exec 4>&-
  wait "$client"
  milliseconds=$(cat "$tmp/took")
}
took new
within 'milliseconds of a connect' 950 1500 "$milliseconds"
took open
within 'milliseconds of a request' 100 800 "$milliseconds"
