#!/usr/bin/env bash
# Software: Node 26.10.0 with setpriv of util-linux on Linux.
# Guess:    a child started with `setpriv --pdeathsig TERM` gets the signal when its parent, the Node process, ends.
# Happens:  the parent is the thread that started it. If a worker started it, the child is ended together with the worker, while
#           the process and its other threads live. And nobody collects it: it stays a zombie as long as the process lives.
# Matters:  a supervisor that starts Redis or a check from a worker, to keep the main thread free, kills it when the worker is
#           recycled; and "does /proc/PID exist?" goes on saying yes.
# Seen:     main thread alive, child: Z (zombie); started by the main thread: S (sleeping)
set -euo pipefail
# shellcheck source=findings/lib.sh
source "$(dirname "$0")/lib.sh"

command -v setpriv >/dev/null || skip 'setpriv is not installed'
node_26
cat >"$tmp/parent.cjs" <<'END'
const { Worker, isMainThread, parentPort } = require('node:worker_threads');
const { spawn } = require('node:child_process');
const { readFileSync } = require('node:fs');
const start = () => spawn('setpriv', ['--pdeathsig', 'TERM', 'sleep', '30'], { stdio: 'ignore' }).pid;
const read = (pid, name) => readFileSync(`/proc/${pid}/${name}`, 'utf8');
const stateOf = (pid) => read(pid, 'stat').split(' ')[2];
if (isMainThread) {
  const own = start();
  const worker = new Worker(__filename);
  worker.on('message', (pid) => {
    const end = () => (read(pid, 'comm') === 'sleep\n' && read(own, 'comm') === 'sleep\n' ? worker.terminate() : setTimeout(end, 20));
    end();
    worker.on('exit', () => setTimeout(() => {
      console.log(stateOf(pid), stateOf(own));
      process.kill(own);
      process.exit();
    }, 500));
  });
} else {
  parentPort.postMessage(start());
  setInterval(() => {}, 1000);
}
END
same 'child of the worker, child of the main thread' 'Z S' "$("$node" "$tmp/parent.cjs")"
