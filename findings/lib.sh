# shellcheck shell=bash
# What the findings share: a folder that goes away, programs of pinned packages, servers on ports that the kernel chose,
# and hosts that are network namespaces. Sourced, never run.

tmp=$(mktemp -d)
started=()
hosts=()
# Packages that node_26 brings along: a second `npm install` would remove the first.
also=()
# What the functions below hand back.
bin='' port='' pid='' node=''
export bin port pid node

# stop PID...: afterwards these processes have ended, frozen or not.
stop() {
  local one
  for one in "$@"; do
    kill -KILL "$one" 2>/dev/null || true
    wait "$one" 2>/dev/null || true
  done
}

clean() {
  local one
  stop "${started[@]}"
  for one in "${hosts[@]}"; do
    # keepalived's own children too: nothing but ours runs in there.
    mapfile -t started < <(ip netns pids "$one" 2>/dev/null)
    stop "${started[@]}"
    ip netns del "$one" 2>/dev/null || true
  done
  rm -rf "$tmp"
}
trap clean EXIT

# True afterwards: the script has ended, and says that the finding could not be looked at.
skip() {
  echo "SKIP: $*" >&2
  exit 77
}

changed() {
  echo "CHANGED: $*" >&2
  exit 1
}

# same WHAT EXPECTED SEEN: ends the script with 1 unless both are equal.
same() {
  [ "$2" = "$3" ] || changed "$1: expected '$2', saw '$3'"
  echo "as described: $1: $3"
}

# within WHAT LOW HIGH SEEN: ends the script with 1 unless the number lies between.
within() {
  if [ "$4" -lt "$2" ] || [ "$4" -gt "$3" ]; then changed "$1: expected $2 to $3, saw '$4'"; fi
  echo "as described: $1: $4"
}

# until_true SECONDS COMMAND...: waits until the command succeeds; ends the script with 1 if it never does.
until_true() {
  local end=$((SECONDS + $1))
  shift
  until "$@" >/dev/null 2>&1; do
    [ "$SECONDS" -lt "$end" ] || changed "never true: $*"
    sleep 0.05
  done
}

now_ms() { echo $(($(date +%s%N) / 1000000)); }

# debian SUITE PACKAGE=VERSION...: afterwards $bin holds their programs, with the libraries of that suite.
debian() {
  local suite=$1 dir=$tmp/$1 apt=$tmp/$1.apt mirror libraries loader dirs one
  shift
  for one in apt-get dpkg-deb patchelf; do command -v "$one" >/dev/null || skip "$one is not installed"; done
  # shellcheck disable=SC2016 # apt's own variables
  mirror=$(apt-get indextargets --format '$(ORIGIN) $(COMPONENT) $(REPO_URI)' 'Created-By: Packages' |
    awk '$1 == "Debian" && $2 == "main" && $3 !~ /security/ && !n++ { print $3 }')
  [ -n "$mirror" ] || skip 'apt knows no Debian mirror'
  mkdir -p "$dir" "$apt"/{none,lists/partial,cache/archives/partial,debs}
  : >"$apt/status"
  echo "deb [signed-by=/usr/share/keyrings/debian-archive-keyring.gpg] $mirror $suite main" >"$apt/sources.list"
  apt_get() {
    apt-get -qq -o Dir=/ -o Dir::State="$apt" -o Dir::State::lists="$apt/lists" -o Dir::State::status="$apt/status" \
      -o Dir::Cache="$apt/cache" -o Dir::Etc::sourcelist="$apt/sources.list" -o Dir::Etc::sourceparts="$apt/none" \
      -o Dir::Etc::preferences="$apt/none" -o Dir::Etc::preferencesparts="$apt/none" -o Acquire::Languages=none \
      -o APT::Sandbox::User=root "$@"
  }
  apt_get --error-on=any update >/dev/null || skip "the mirror does not serve $suite"
  libraries=$(apt_get --simulate --no-install-recommends install "$@" | sed -nE 's/^Inst ((lib|lua)[^ ]*) \(([^ ]+) .*/\1=\3/p') ||
    skip "$suite no longer has $*"
  # Names and versions of packages have no spaces.
  # shellcheck disable=SC2086
  (cd "$apt/debs" && apt_get download "$@" $libraries >/dev/null) || skip "$suite no longer has $*"
  for one in "$apt"/debs/*.deb; do dpkg-deb -x "$one" "$dir"; done
  # /lib is a folder of its own in the packages of older suites, and is not there in newer ones.
  dirs=$(compgen -G "$dir/lib/*-linux-gnu" || true; compgen -G "$dir/usr/lib/*-linux-gnu" || true; compgen -G "$dir/usr/lib/*-linux-gnu/*/" || true)
  # shellcheck disable=SC2086 # no folder has a space in it
  loader=$(find $dirs -maxdepth 1 -name 'ld-linux-*' | sed -n 1p)
  dirs=$(paste -sd: <<<"$dirs")
  while IFS= read -r one; do
    patchelf --set-interpreter "$loader" --force-rpath --set-rpath "$dirs" "$one"
  done < <(find "$dir" -path "*bin/*" -type f | grep -E '/(redis|valkey|keepalived|logrotate|systemd-tmpfiles)[^/]*$')
  bin=$dir/usr/bin
}

# The versions that the findings are about.
redis_6_0() { debian bullseye redis-{server,tools}=5:6.0.16-1+deb11u2; }
redis_7_0() { debian bookworm redis-{server,tools}=5:7.0.15-1~deb12u7; }
redis_8_0() { debian trixie redis-{server,tools}=5:8.0.2-3+deb13u3; }
valkey_8_1() { debian trixie valkey-{server,tools}=8.1.1+dfsg1-3+deb13u3; }
keepalived_2_2() { debian bookworm keepalived=1:2.2.7-1+b2; }

# npm_packages NAME@VERSION...: afterwards they lie in $tmp/node_modules.
npm_packages() {
  command -v npm >/dev/null || skip 'npm is not installed'
  npm install --silent --save-exact --no-audit --no-fund --ignore-scripts --prefix "$tmp" "$@" >/dev/null || skip "npm no longer has $*"
}

# node_26: afterwards $node is Node 26.10.0.
node_26() {
  local arch=x64
  [ "$(uname -m)" = x86_64 ] || arch=arm64
  npm_packages "node-linux-$arch@26.10.0" "${also[@]}"
  node=$tmp/node_modules/node-linux-$arch/bin/node
}

# A port of 127.0.0.1 that was free a moment ago, in $port.
new_port() {
  port=$(python3 -c 'import socket; s = socket.socket(); s.bind(("127.0.0.1", 0)); print(s.getsockname()[1])')
}

# server [OPTION...]: afterwards a server answers at $port; its process is $pid, its folder $tmp/$port.
server() {
  local program
  program=$(find "$bin" -name '*s-server' -o -name '*y-server')
  new_port
  mkdir -p "$tmp/$port"
  "$program" --port "$port" --bind 127.0.0.1 --dir "$tmp/$port" --save '' --repl-diskless-sync yes --repl-diskless-sync-delay 0 \
    --logfile "$tmp/$port/log" "$@" >/dev/null 2>&1 &
  pid=$!
  started+=("$pid")
  until_true 10 bash -c "exec 3<>/dev/tcp/127.0.0.1/$port"
}

# cli PORT COMMAND...: what redis-cli or valkey-cli prints, without colours or quotes.
cli() {
  local at=$1 program
  shift
  program=$(find "$bin" -name '*s-cli' -o -name '*y-cli')
  "$program" --raw -p "$at" "$@" | tr -d '\r'
}

# info PORT FIELD: one value of INFO.
info() { cli "$1" info all | sed -n "s/^$2://p"; }

# is EXPECTED COMMAND...: true when the command prints just that.
is() { [ "$("${@:2}")" = "$1" ]; }

# follows PORT: true when what the master at $1 executes reaches the replica at $2, which can be a second after the link is up.
follows() {
  cli "$1" set probe "$RANDOM$RANDOM" >/dev/null
  sleep 0.1
  [ "$(cli "$1" get probe)" = "$(cli "$2" get probe)" ]
}

# two_hosts: afterwards the namespaces ${hosts[0]} (10.9.0.1) and ${hosts[1]} (10.9.0.2) share the link va.
two_hosts() {
  local number
  unshare -n true 2>/dev/null || skip 'network namespaces need root'
  for number in 1 2; do
    ip netns add "finding$$-$number"
    hosts+=("finding$$-$number")
    ip -n "finding$$-$number" link set lo up
  done
  ip -n "${hosts[0]}" link add va type veth peer name va netns "${hosts[1]}"
  for number in 1 2; do
    ip -n "finding$$-$number" link set va up
    ip -n "finding$$-$number" addr add "10.9.0.$number/24" dev va
  done
}

# keepalived NUMBER: keepalived runs on that host (0 or 1) with $tmp/NUMBER.conf, and logs to $tmp/NUMBER.log; its process is $pid.
keepalived() {
  ip netns exec "${hosts[$1]}" "$tmp/bookworm/usr/sbin/keepalived" -n -l -P -f "$tmp/$1.conf" -p "$tmp/$1.pid" \
    -r "$tmp/$1.vrrp" -c "$tmp/$1.checkers" >"$tmp/$1.log" 2>&1 &
  pid=$!
  started+=("$pid")
}

# instance PRIORITY [LINES [INTERVAL [VERSION]]]: prints the instance VI with these lines, which holds 10.9.0.100. As a rule it
# speaks version 3, every 0.2 seconds.
instance() {
  cat <<END
vrrp_instance VI {
  interface va
  version ${4:-3}
  virtual_router_id 9
  priority $1
  advert_int ${3:-0.2}
  virtual_ipaddress {
    10.9.0.100/24
  }
  ${2-}
}
END
}

# verdict NUMBER: the exit code of `keepalived -t` there; what it said is in $tmp/said.
verdict() {
  local code=0
  ip netns exec "${hosts[$1]}" "$tmp/bookworm/usr/sbin/keepalived" -t -f "$tmp/$1.conf" >"$tmp/said" 2>&1 || code=$?
  echo "$code"
}

# quiet NUMBER: afterwards keepalived has ended on that host, if it ran there, as it does when it is told to.
quiet() {
  local one
  for one in $(ip netns pids "${hosts[$1]}"); do kill -TERM "$one" 2>/dev/null || true; done
  until_true 15 bash -c "! ip netns pids ${hosts[$1]} | grep -q ."
}

# has_vip NUMBER: true when that host has the address 10.9.0.100.
has_vip() { ip -n "${hosts[$1]}" -o addr show dev va | grep ' 10\.9\.0\.100/' >/dev/null; }

# state NUMBER: the last state that keepalived logged there.
state() { sed -nE 's/.*\(VI\) [Ee]ntering ([A-Z]+) (STATE|state).*/\1/p' "$tmp/$1.log" | tail -1; }

# silent_names SECONDS: afterwards $tmp/resolv.conf names a name server on 127.0.0.1 that is waited for so long, and $tmp/silent.py is
# one that never answers. It makes the file that it is told, when it listens.
silent_names() {
  printf 'nameserver 127.0.0.1\noptions timeout:%s attempts:1\n' "$1" >"$tmp/resolv.conf"
  cat >"$tmp/silent.py" <<'PY'
import socket, sys
server = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
server.bind(("127.0.0.1", 53))
open(sys.argv[1], "w").close()
while True:
    server.recv(4096)
PY
}
