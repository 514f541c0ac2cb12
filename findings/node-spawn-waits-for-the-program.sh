#!/usr/bin/env bash
# Software: Node 26.10.0 on Linux (with fanotify, as scanners of files use it).
# Guess:    child_process.spawn() is asynchronous: it returns at once, and a program that starts slowly is the child's affair.
# Happens:  it returns when the kernel has opened the program in the child. If that takes 2 seconds, since a scanner looks at the file
#           or it lies on a slow volume, no timer and no connection of the parent is served for 2 seconds. `timeout` starts to count
#           afterwards.
# Matters:  a service that answers health checks and starts a tool now and then is silent as a whole while the tool is scanned or read
#           from a dead network volume, and is taken for dead.
# Seen:     program held for 2 s: spawn returned after 2005 ms, a timer of 10 ms was late by 2005 ms; not held: 5 ms; timeout of 1 s: not used
set -euo pipefail
# shellcheck source=findings/lib.sh
source "$(dirname "$0")/lib.sh"

node_26
cp /bin/true "$tmp/program"
# What a scanner does: it is asked before the file is executed, and takes its time to answer.
cat >"$tmp/scanner.py" <<'PY'
import ctypes, os, struct, sys, time
FAN_CLASS_CONTENT, FAN_MARK_ADD, FAN_OPEN_EXEC_PERM, AT_FDCWD, FAN_ALLOW = 4, 1, 0x40000, -100, 1
libc = ctypes.CDLL(None)
watch = libc.fanotify_init(FAN_CLASS_CONTENT, os.O_RDONLY)
if watch < 0 or libc.fanotify_mark(watch, FAN_MARK_ADD, ctypes.c_uint64(FAN_OPEN_EXEC_PERM), AT_FDCWD, sys.argv[1].encode()) < 0:
    sys.exit(1)
open(sys.argv[2], "w").close()
while True:
    file = struct.unpack_from("i", os.read(watch, 24), 16)[0]
    time.sleep(2)
    os.write(watch, struct.pack("iI", file, FAN_ALLOW))
    os.close(file)
PY
cat >"$tmp/parent.js" <<'JS'
const { spawn } = require('child_process');
let last = performance.now();
let late = 0;
const look = () => {
  late = Math.max(late, performance.now() - last - 10);
  last = performance.now();
};
const timer = setInterval(look, 10);
setTimeout(() => {
  const began = performance.now();
  const child = spawn(process.argv[2], { timeout: 1000 });
  const returned = performance.now() - began;
  child.on('exit', (code, signal) => {
    setTimeout(() => {
      clearInterval(timer);
      console.log(Math.round(returned), Math.round(late), code, signal);
    }, 50);
  });
}, 100);
JS
run() { read -r returned late code signal < <("$node" "$tmp/parent.js" "$tmp/program"); }
run
within 'milliseconds of spawn' 0 500 "$returned"
python3 "$tmp/scanner.py" "$tmp/program" "$tmp/ready" &
scanner=$!
started+=("$scanner")
until [ -e "$tmp/ready" ]; do
  kill -0 "$scanner" 2>/dev/null || skip 'fanotify needs root, and a kernel with it'
  sleep 0.05
done
run
within 'milliseconds of spawn while the program is held' 1900 6000 "$returned"
within 'milliseconds that a timer was late' 1800 6000 "$late"
same 'end of the child, with a timeout of 1 s' '0 null' "$code $signal"
