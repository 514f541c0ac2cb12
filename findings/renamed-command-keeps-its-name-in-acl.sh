#!/usr/bin/env bash
# Software: Redis 8.0.2 (6.0, 7.0 and Valkey 8.1 to 9.1 are the same).
# Guess:    after `rename-command get fetch` the command is called fetch, in ACL rules as on the wire.
# Happens:  `ACL SETUSER ... +fetch` is an error: rules, INFO commandstats and CLIENT LIST know only the old name, while clients
#           must use the new one. A refusal names the old one too.
# Matters:  a user file written from what clients send does not load, and a server with an `aclfile` that does not load does
#           not start.
# Seen:     ERR Error in ACL SETUSER modifier '+fetch': Unknown command or category name in ACL
set -euo pipefail
# shellcheck source=findings/lib.sh
source "$(dirname "$0")/lib.sh"

redis_8_0
server --rename-command get fetch
cli "$port" set key value >/dev/null
same 'rule with the new name' "ERR Error in ACL SETUSER modifier '+fetch'" "$(cli "$port" acl setuser ann on '>secret' '~*' +fetch | cut -d: -f1)"
same 'rule with the old name' OK "$(cli "$port" acl setuser bob on '>secret' '~*' +get)"
as_bob() { "$bin/redis-cli" -p "$port" --raw --no-auth-warning --user bob --pass secret "$@"; }
same 'bob sends the new name' value "$(as_bob fetch key)"
same 'bob sends the old name' "ERR unknown command 'get', with args beginning with: 'key'" "$(as_bob get key | sed 's/ *$//')"
same 'name in the statistics' get "$(cli "$port" info commandstats | sed -nE 's/^cmdstat_(get|fetch):.*/\1/p')"
