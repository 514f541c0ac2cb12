#!/usr/bin/env bash
# Software: Linux 6.18.
# Guess:    a neighbour entry that was updated less than a second ago (`locktime`) is protected: a gratuitous ARP that comes
#           right then is ignored, so a quick move of an address needs repeats.
# Happens:  a gratuitous ARP is taken at once, as a request and as a reply. Only a reply that looks nearly like one is held up
#           for a second: sent to everybody, with the target hardware address left empty.
# Matters:  tools that write their own packets differ in just this field. With the one kind the address moves now; with the
#           other it moves a second later or, if the packet is sent only once, not at all.
# Seen:     at once: request: taken, reply: taken, reply with an empty target: ignored; after 2 s: taken
set -euo pipefail
# shellcheck source=findings/lib.sh
source "$(dirname "$0")/lib.sh"

two_hosts
for one in "${hosts[@]}"; do
  ip netns exec "$one" cat /proc/sys/net/ipv4/neigh/va/locktime >>"$tmp/locktime" || skip 'no locktime'
done
same 'locktime of both hosts, in hundredths' '100 100' "$(paste -sd' ' "$tmp/locktime")"
cat >"$tmp/arp.py" <<'END'
import ctypes, socket, sys, time

kind, wait, new = sys.argv[1], float(sys.argv[2]), bytes.fromhex(sys.argv[3].replace(":", ""))
ours, theirs = sys.argv[4], sys.argv[5]


def enter(namespace):
    with open(f"/run/netns/{namespace}") as file:
        if ctypes.CDLL(None).setns(file.fileno(), 0) != 0:
            raise OSError("setns")


enter(ours)
packets = socket.socket(socket.AF_PACKET, socket.SOCK_RAW)
packets.bind(("va", 0x0806))
address = socket.inet_aton("10.9.0.1")
operation, target = {"request": (1, bytes(6)), "reply": (2, new), "empty": (2, bytes(6))}[kind]
packet = b"\xff" * 6 + new + b"\x08\x06\x00\x01\x08\x00\x06\x04" + operation.to_bytes(2, "big") + new + address + target + address
enter(theirs)
# The entry is made now, by a packet to that address.
began = time.monotonic()
socket.socket(socket.AF_INET, socket.SOCK_DGRAM).sendto(b"x", ("10.9.0.1", 9))


def entry():
    with open("/proc/thread-self/net/arp") as file:
        return next((line.split()[3] for line in file if line.startswith("10.9.0.1 ")), "")


while entry() in ("", "00:00:00:00:00:00"):
    if time.monotonic() - began > 20:
        sys.exit("no entry")
    time.sleep(0.001)
time.sleep(wait)
packets.send(packet)
late = time.monotonic() - began
time.sleep(0.2)
print("late" if wait == 0 and late > 0.5 else "taken" if entry() == sys.argv[3] else "ignored")
END
# trial KIND SECONDS: whether that packet, sent so long after the entry was made, changes it.
trial() {
  local said
  # On a busy machine too much of the second may be over before the packet goes out.
  for _ in $(seq 20); do
    ip -n "${hosts[1]}" neigh flush dev va
    said=$(python3 "$tmp/arp.py" "$1" "$2" 02:00:00:00:00:09 "${hosts[0]}" "${hosts[1]}")
    [ "$said" = late ] || break
  done
  echo "$said"
}
same 'request, at once' taken "$(trial request 0)"
same 'reply, at once' taken "$(trial reply 0)"
same 'reply with an empty target, at once' ignored "$(trial empty 0)"
same 'reply with an empty target, after 2 seconds' taken "$(trial empty 2)"
