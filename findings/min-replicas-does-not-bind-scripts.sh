#!/usr/bin/env bash
# Software: Redis 6.0.16 (7.0, 8.0 and Valkey 9.1 refuse scripts too).
# Guess:    with `min-replicas-to-write 1` and no replica nothing can be written: NOREPLICAS.
# Happens:  it holds for commands of clients. What a script writes by redis.call is not looked at, and is executed.
# Matters:  the setting is there to stop a master that was cut off from taking writes that will be lost. A queue library that
#           does everything in scripts goes on filling such a master, while redis-cli shows that "writes are refused".
# Seen:     SET: NOREPLICAS; EVAL with SET: OK; GET: value
set -euo pipefail
# shellcheck source=findings/lib.sh
source "$(dirname "$0")/lib.sh"

redis_6_0
server --min-replicas-to-write 1 --min-replicas-max-lag 10
same 'SET' NOREPLICAS "$(cli "$port" set key value | cut -d' ' -f1)"
same 'EVAL with SET' OK "$(cli "$port" eval 'return redis.call("set", KEYS[1], "value")' 1 key)"
same 'GET' value "$(cli "$port" get key)"
