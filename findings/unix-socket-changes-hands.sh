#!/usr/bin/env bash
# Software: Valkey 8.1.1 (Redis 6.0 to 8.0 and Valkey 9.1 are the same).
# Guess:    two servers with one `unixsocket` path are refused like two servers with one port: the second says "in use".
# Happens:  the second removes the file and makes its own, without a word. Clients of the path now reach the second. When the
#           first one ends it removes the path again, which is the second's: that one runs on, and nobody finds it.
# Matters:  a copied configuration on a host with two instances: a health check over the socket asks the other server, and one
#           that was started last can lose its socket hours later, when its neighbour is restarted.
# Seen:     the path answers as the second; after the first has ended the path is gone
set -euo pipefail
# shellcheck source=findings/lib.sh
source "$(dirname "$0")/lib.sh"

valkey_8_1
server --unixsocket "$tmp/socket"
first=$port
server --unixsocket "$tmp/socket"
second=$port
same 'who answers at the path' "$second" "$("$bin/valkey-cli" -s "$tmp/socket" --raw config get port | sed -n 2p)"
same 'the first still answers at its port' PONG "$(cli "$first" ping)"
cli "$first" shutdown nosave >/dev/null 2>&1 || true
until_true 5 test ! -e "$tmp/socket"
same 'the second runs on' PONG "$(cli "$second" ping)"
