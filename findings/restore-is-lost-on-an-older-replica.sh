#!/usr/bin/env bash
# Software: Valkey 9.1.2 as the master of Valkey 8.1.1.
# Guess:    where the older server can follow the newer one at all, a key that RESTORE brings is on both.
# Happens:  RESTORE goes into the stream as it came, with the payload of the newer DUMP. The replica refuses it as "DUMP payload version or
#           checksum are wrong" and goes on: the link stays up, both offsets are equal, and the key is missing there.
# Matters:  MIGRATE, copy tools and everything else that moves keys by DUMP and RESTORE during a rolling upgrade: the next failover
#           to the older node loses each of these keys, and only INFO errorstats of the replica knows.
# Seen:     master 1 key, replica 0 keys; link up; offsets equal; unexpected_error_replies 1
set -euo pipefail
# shellcheck source=findings/lib.sh
source "$(dirname "$0")/lib.sh"

debian sid valkey-{server,tools}=9.1.2-1
newer=$bin
valkey_8_1
older=$bin
bin=$newer
server
master=$port
bin=$older
server --replicaof 127.0.0.1 "$master"
replica=$port
until_true 10 follows "$master" "$replica"
cli "$master" del probe >/dev/null
cli "$master" set source value >/dev/null
python3 - "$master" <<'END'
import socket, sys

stream = socket.create_connection(("127.0.0.1", int(sys.argv[1])))
replies = stream.makefile("rb")


def call(*words):
    parts = [word if isinstance(word, bytes) else word.encode() for word in words]
    stream.sendall(b"*%d\r\n" % len(parts) + b"".join(b"$%d\r\n%s\r\n" % (len(part), part) for part in parts))
    line = replies.readline()
    return replies.read(int(line[1:]) + 2)[:-2] if line[:1] == b"$" else line.strip()


assert call("RESTORE", "copy", "0", call("DUMP", "source")) == b"+OK"
END
until_true 5 is "$(info "$master" master_repl_offset)" info "$replica" slave_repl_offset
same 'the copy on the master' 1 "$(cli "$master" exists copy)"
same 'the copy on the replica' 0 "$(cli "$replica" exists copy)"
same 'the key that was written' 1 "$(cli "$replica" exists source)"
same 'link' up "$(info "$replica" master_link_status)"
same 'unexpected_error_replies' 1 "$(info "$replica" unexpected_error_replies)"
