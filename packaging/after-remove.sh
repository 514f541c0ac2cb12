#!/bin/sh
# Run by Debian's package manager when the package is gone. "purge" takes the configuration, the logs and the state as well.
set -eu

[ "${1-}" = purge ] || exit 0

rm -rf /etc/redisha /var/log/redisha /run/redisha

# A rescue has writes that are nowhere else. Nobody asked for those to go.
state=/var/lib/redisha
if [ -n "$(find "$state" -type f \( -name '*.rdb' -o -name '*.resp' \) 2>/dev/null | head -n 1)" ]; then
  echo "redisha: $state stays, because it holds rescued writes: rm -r $state" >&2
else
  rm -rf "$state"
fi
