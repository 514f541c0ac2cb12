#!/usr/bin/env bash
# Software: vitest 5.1.1 with Node 26.10.0.
# Guess:    after vi.useFakeTimers() and advancing by 5 seconds, everything in Node that waits for 1 second has happened.
# Happens:  Date, performance.now() and process.hrtime have moved on by 5 seconds, and the global setTimeout has fired.
#           AbortSignal.timeout, node:timers and node:timers/promises wait on in real time.
# Matters:  deadlines are AbortSignal.timeout. A test of "gives up after a second" sees a clock that says 5 seconds have passed and
#           a deadline that has not, which no real failover shows, and it fails, or proves the opposite.
# Seen:     elapsed 5000; setTimeout true; AbortSignal.timeout false; node:timers false; node:timers/promises false
set -euo pipefail
# shellcheck source=findings/lib.sh
source "$(dirname "$0")/lib.sh"

also=(vitest@5.1.1)
node_26
cat >"$tmp/time.test.mjs" <<'END'
import { writeFileSync } from 'node:fs';
import timers from 'node:timers';
import { setTimeout as sleep } from 'node:timers/promises';
import { test, vi } from 'vitest';
test('time', async () => {
  vi.useFakeTimers();
  const fired = { setTimeout: false, 'node:timers': false, 'node:timers/promises': false };
  const signal = AbortSignal.timeout(1000);
  setTimeout(() => (fired.setTimeout = true), 1000);
  timers.setTimeout(() => (fired['node:timers'] = true), 1000);
  sleep(1000).then(() => (fired['node:timers/promises'] = true));
  const [date, time, nanoseconds] = [Date.now(), performance.now(), process.hrtime.bigint()];
  await vi.advanceTimersByTimeAsync(5000);
  const elapsed = [Date.now() - date, performance.now() - time, Number(process.hrtime.bigint() - nanoseconds) / 1e6];
  vi.useRealTimers();
  const lines = [['elapsed', elapsed.join(' ')], ['AbortSignal.timeout', signal.aborted], ...Object.entries(fired)];
  writeFileSync('result', lines.map((line) => `${line.join(' ')}\n`).join(''));
});
END
(cd "$tmp" && "$node" node_modules/vitest/vitest.mjs run --root "$tmp" >"$tmp/said" 2>&1) || changed "the test fails: $(tail -5 "$tmp/said")"
same 'elapsed: Date, performance, hrtime' 'elapsed 5000 5000 5000' "$(sed -n 1p "$tmp/result")"
same 'AbortSignal.timeout' false "$(sed -n 's/^AbortSignal.timeout //p' "$tmp/result")"
same 'setTimeout' true "$(sed -n 's/^setTimeout //p' "$tmp/result")"
same 'node:timers' false "$(sed -n 's/^node:timers //p' "$tmp/result")"
same 'node:timers/promises' false "$(sed -n 's#^node:timers/promises ##p' "$tmp/result")"
