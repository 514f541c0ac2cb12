#!/bin/sh
# Posts each event of redisha to a chat room, by an incoming webhook that takes {"text": ...}, as Slack and Mattermost have.
# For on_event in redisha.toml; docs/hooks.md says how it is installed.
set -eu

# The address of a webhook is a secret, and ps shows the words of a command. So curl reads it from a file with one line:
#   url = "https://chat.example.net/hooks/…"
curl_config=/etc/redisha/chat.curl

IFS= read -r event

# The text of one field, as JSON has it: a quotation mark in it has a backslash before it.
field() {
  printf '%s\n' "$event" | sed -En 's/.*"'"$1"'":"(([^"\\]|\\.)*)".*/\1/p'
}

printf '{"text":"%s: %s"}' "$(field event)" "$(field says)" |
  curl --config "$curl_config" --silent --show-error --fail --max-time 8 \
    --header 'Content-Type: application/json' --data-binary @-
