#!/bin/sh
# Mails each event of redisha. For on_event in redisha.toml; docs/hooks.md says how it is installed.
set -eu

to=root

IFS= read -r event

# The text of one field, as JSON has it: a quotation mark in it has a backslash before it.
field() {
  printf '%s\n' "$event" | sed -En 's/.*"'"$1"'":"(([^"\\]|\\.)*)".*/\1/p'
}

# -t: the recipient stands in the head. -i: a line with one dot does not end the mail.
sendmail -t -i <<MAIL
To: $to
Subject: redisha: $(field event) on $(field host)
Content-Type: text/plain; charset=UTF-8

$(field says)

At $(field at). On that host, "redisha status" says how it is now, and "redisha history why" says why.

$event
MAIL
