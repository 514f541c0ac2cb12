#!/usr/bin/env bash
# Software: promtool 2.42.0 of bookworm.
# Guess:    `promtool test rules` fails when a test names an alert that no rule has, or when the file of the rules is not there.
# Happens:  an alert that is not there does not fire, so the test "does not fire" succeeds for any spelling. A rule file that is not there
#           is a pattern without a match: one line of WARNING, SUCCESS, exit code 0.
# Matters:  a rule is renamed or its file moved, and CI stays green. "Does not fire during a planned move" is just the kind of test that
#           then says nothing for ever.
# Seen:     misspelt alert: SUCCESS, 0; rule file missing: WARNING, SUCCESS, 0; an alert that should fire and does not: FAILED, 1
set -euo pipefail
# shellcheck source=findings/lib.sh
source "$(dirname "$0")/lib.sh"

debian bookworm prometheus=2.42.0+ds-5+deb12u1
cat >"$tmp/rules.yml" <<'YAML'
groups:
  - name: pairs
    rules:
      - alert: PairDown
        expr: pair_up == 0
YAML
# verdict_of FILE ALERT [EXPECTED]: exit code and verdict of a test where the pair is down, and the alert is expected or not.
verdict_of() {
  local code=0
  cat >"$tmp/test.yml" <<YAML
rule_files: [$1]
tests:
  - interval: 1m
    input_series:
      - series: pair_up
        values: 0x10
    alert_rule_test:
      - alertname: $2
        eval_time: 5m
        exp_alerts: [${3-}]
YAML
  "$bin/promtool" test rules "$tmp/test.yml" >"$tmp/said" 2>&1 || code=$?
  echo "$code $(grep -oE 'WARNING|SUCCESS|FAILED' "$tmp/said" | sort -u | paste -sd' ')"
}
same 'the alert fires, as expected' '0 SUCCESS' "$(verdict_of rules.yml PairDown '{ exp_labels: {} }')"
same 'it fires, and should not' '1 FAILED' "$(verdict_of rules.yml PairDown)"
same 'misspelt, and should not fire' '0 SUCCESS' "$(verdict_of rules.yml PairDwon)"
same 'file of the rules missing' '0 SUCCESS WARNING' "$(verdict_of rule.yml PairDown)"
