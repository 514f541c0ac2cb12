#!/bin/sh
# Pages somebody when a node is unfit, a pair is not in order or writes were rescued. Resolves the first two when all is well again.
# It uses the Events API of PagerDuty, version 2.
# For on_event in redisha.toml; docs/hooks.md says how it is installed.
set -eu

# One line with the routing key, for the user of the scripts alone.
key_file=/etc/redisha/page.key
url=https://events.pagerduty.com/v2/enqueue

IFS= read -r event

# The text of one field, as JSON has it: a quotation mark in it has a backslash before it.
field() {
  printf '%s\n' "$event" | sed -En 's/.*"'"$1"'":"(([^"\\]|\\.)*)".*/\1/p'
}

name=$(field event)
host=$(field host)
port=$(printf '%s\n' "$event" | sed -En 's/.*"port":([0-9]+).*/\1/p')

# The event that resolves a page has the dedup_key of that page.
case $name in
unfit) action=trigger what=unfit ;;
fit) action=resolve what=unfit ;;
not-in-order) action=trigger what=not-in-order ;;
in-order-again) action=resolve what=not-in-order ;;
rescue-made) action=trigger what=rescue-made ;;
*) exit 0 ;;
esac

# The key is on standard input, not among the words that ps shows.
printf '{"routing_key":"%s","event_action":"%s","dedup_key":"redisha-%s-%s-%s","payload":{"summary":"%s","source":"%s","severity":"critical"}}' \
  "$(head -n 1 "$key_file")" "$action" "$host" "$port" "$what" "$(field says)" "$host" |
  curl --silent --show-error --fail --max-time 8 --header 'Content-Type: application/json' --data-binary @- "$url"
