#!/usr/bin/env bash
# Software: promtool 2.42.0 and node_exporter 1.5.0 of bookworm.
# Guess:    what `promtool check metrics` passes without a word, the textfile collector serves.
# Happens:  one sample with a timestamp, which the format has, and the whole file is skipped, other metrics with it. Of two samples
#           with the same labels the first is served, and no metric of the exporter tells of the other.
# Matters:  the time of the last backup, written as the timestamp of its sample, is good style at a server that is scraped itself, and
#           promtool in CI agrees. In the textfile directory it makes the whole file vanish.
# Seen:     promtool: 0 for both; with a timestamp: nothing is served, node_textfile_scrape_error 1; twice: the first, and 0
set -euo pipefail
# shellcheck source=findings/lib.sh
source "$(dirname "$0")/lib.sh"

command -v curl >/dev/null || skip 'curl is not installed'
debian bookworm prometheus=2.42.0+ds-5+deb12u1 prometheus-node-exporter=1.5.0-1+b6
mkdir "$tmp/metrics"
new_port
"$bin/prometheus-node-exporter" --web.listen-address="127.0.0.1:$port" --collector.disable-defaults --collector.textfile \
  --collector.textfile.directory="$tmp/metrics" 2>"$tmp/log" &
started+=($!)
served() { curl -s "127.0.0.1:$port/metrics" | grep -E '^(backup_|node_textfile_scrape_error )' | paste -sd' '; }
# trial LINE: what is served when the file has this line, and a second metric.
trial() {
  printf '# HELP backup_bytes Size.\n# TYPE backup_bytes gauge\n%b\n# HELP backup_ok Success.\n# TYPE backup_ok gauge\nbackup_ok 1\n' "$1" >"$tmp/metrics/backup.prom"
  "$bin/promtool" check metrics <"$tmp/metrics/backup.prom" >"$tmp/said" 2>&1 || changed "promtool ends with $?"
  same 'promtool says' '' "$(cat "$tmp/said")"
}
until_true 10 served
trial 'backup_bytes 5'
same 'served' 'backup_bytes 5 backup_ok 1 node_textfile_scrape_error 0' "$(served)"
trial 'backup_bytes 5 1700000000000'
same 'served with a timestamp' 'node_textfile_scrape_error 1' "$(served)"
trial 'backup_bytes 5\nbackup_bytes 6'
same 'served with two samples' 'backup_bytes 5 backup_ok 1 node_textfile_scrape_error 0' "$(served)"
