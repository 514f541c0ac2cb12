#!/usr/bin/env bash
# Software: node_exporter 1.5.0 of bookworm, its textfile collector.
# Guess:    two .prom files with one metric and different labels are both served. HELP is a text for people, so if it differs, one of the
#           two texts is shown, or the scrape is an error.
# Happens:  the series of one file is not served. The scrape is 200, node_textfile_scrape_error is 0, and the mtime of both
#           files is there as "successfully read". Only a line in the log of the exporter says it. No HELP in one of them does the same.
# Matters:  one program writes a file for each of its pairs, and a new version words a HELP anew. Until the last file is written anew,
#           pairs are missing from the monitor, and an alert for "up == 0" is silent about a series that is not there.
# Seen:     pair a and b with one HELP: a b; with two: a; with one HELP and none: a; 200; node_textfile_scrape_error 0
set -euo pipefail
# shellcheck source=findings/lib.sh
source "$(dirname "$0")/lib.sh"

command -v curl >/dev/null || skip 'curl is not installed'
debian bookworm prometheus-node-exporter=1.5.0-1+b6
mkdir "$tmp/metrics"
new_port
"$bin/prometheus-node-exporter" --web.listen-address="127.0.0.1:$port" --collector.disable-defaults --collector.textfile \
  --collector.textfile.directory="$tmp/metrics" 2>"$tmp/log" &
started+=($!)
# file PAIR HELP
file() { printf '%s# TYPE pair_up gauge\npair_up{pair="%s"} 0\n' "${2:+# HELP pair_up $2$'\n'}" "$1" >"$tmp/metrics/$1.prom"; }
scrape() { curl -s -o "$tmp/served" -w '%{http_code}' "127.0.0.1:$port/metrics"; }
pairs() { sed -nE 's/^pair_up\{pair="(.)"\} 0$/\1/p' "$tmp/served" | paste -sd' '; }
own() { sed -n "s/^node_textfile_$1[^ ]* //p" "$tmp/served"; }
file a 'Whether the pair is up.'
file b 'Whether the pair is up.'
until_true 10 scrape
same 'one HELP' 'a b' "$(pairs)"
for help in 'Whether it is up.' ''; do
  file b "$help"
  same "HELP '$help' in the second file" 200 "$(scrape)"
  same 'pairs' a "$(pairs)"
  same 'node_textfile_scrape_error' 0 "$(own scrape_error)"
  same 'files that were read' 2 "$(own mtime_seconds | grep -c .)"
done
same 'said in the log' 1 "$(grep -c 'should have .*Whether the pair is up' "$tmp/log" | sed 's/^[1-9][0-9]*$/1/')"
