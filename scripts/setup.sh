#!/bin/sh
# Brings a fresh copy of the sources to where the tests, the demonstration and the build can run. It does only what is
# missing, so it is the first word of every npm script: done again, it answers in a fraction of a second.
#
#   scripts/setup.sh              npm packages, programs of the system, dist/redisha
#   scripts/setup.sh --packaging  the same, and what makes packages and tries them
#   scripts/setup.sh --tools      npm packages, programs of the system
#   scripts/setup.sh --packages   npm packages
set -eu
cd "$(dirname "$0")/.."

say() { echo "setup: $*"; }
fail() {
  echo "setup: $*" >&2
  exit 1
}

scope=all
case "$#:${1-}" in
  0:) ;;
  1:--packaging) scope=packaging ;;
  1:--tools) scope=tools ;;
  1:--packages) scope=packages ;;
  *)
    echo "setup: unknown arguments: $*; it takes --packaging, --tools, --packages, or nothing" >&2
    exit 2
    ;;
esac

# A program that must be there, and the package that has it under Debian and under the RHEL family.
needed_programs='
redis-server redis-server redis
keepalived   keepalived   keepalived
ip           iproute2     iproute
shellcheck   shellcheck   ShellCheck
groff        groff-base   groff-base
strip        binutils     binutils
logrotate    logrotate    logrotate
script       bsdutils     util-linux
patchelf     patchelf     patchelf
git          git          git
'

# For packages: what makes them; what makes the roots of Debian in which they are tried; and the other processor's.
packaging_programs='
dpkg-deb       dpkg             dpkg
dpkg-shlibdeps dpkg-dev         dpkg-dev
rpmbuild       rpm              rpm-build
mmdebstrap     mmdebstrap       mmdebstrap
aarch64-linux-gnu-strip binutils-aarch64-linux-gnu binutils-aarch64-linux-gnu
'
if [ "$scope" = packaging ]; then needed_programs=$needed_programs$packaging_programs; fi

# Debian keeps these outside the PATH of an ordinary user.
PATH=$PATH:/usr/local/sbin:/usr/sbin:/sbin
export PATH

# $1: the field of the table above to print, for each program that is not there.
missing_packages() {
  echo "$needed_programs" | while read -r program debian rhel; do
    [ -n "$program" ] || continue
    command -v "$program" >/dev/null 2>&1 || case "$1" in debian) echo "$debian" ;; rhel) echo "$rhel" ;; esac
  done | paste -sd ' ' -
}

# A client library for the tests of what applications see. They leave it out, and say so, where it cannot be had: so no try
# to install it is repeated.
redis_py=/usr/lib/python3/dist-packages/redis/__init__.py
redis_py_stamp=node_modules/.redisha-without-redis-py
wants_redis_py() {
  [ ! -e "$redis_py" ] && [ ! -e "$redis_py_stamp" ] && [ "$(id -u)" = 0 ] && command -v apt-get >/dev/null 2>&1
}

npm_stamp=node_modules/.redisha-setup
npm_inputs() { cat package-lock.json .npmrc | sha256sum; }
npm_ready() { [ -f "$npm_stamp" ] && [ "$(cat "$npm_stamp")" = "$(npm_inputs)" ]; }

build_ready() {
  [ -x dist/redisha ] && [ -f dist/redisha.inputs ] || return 1
  [ "$(cat dist/redisha.inputs)" = "$(sh scripts/build-inputs.sh)" ]
}

# The build and the tests run under the Node that goes into the executable, not under the one that npm happened to find.
node_runs() { node_modules/.bin/node --version >/dev/null 2>&1; }

install_npm_packages() {
  command -v npm >/dev/null 2>&1 || fail 'npm is missing. Install Node.js with npm first (Debian: apt-get install npm)'
  say 'installing the npm packages of package-lock.json'
  # npm runs under the host's Node, which may be older than the packages ask for: they run under the pinned one.
  log=$(mktemp)
  # What npm says of its own usage after a failure hides the failure.
  npm ci --no-progress --loglevel=error >"$log" 2>&1 || {
    sed '/Clean install a project/,$d' "$log" >&2
    rm -f "$log"
    fail 'npm ci failed'
  }
  rm -f "$log"
  npm_inputs >"$npm_stamp"
}

require_node() {
  [ -e node_modules/.bin/node ] || fail "there is no Node package for this machine ($(uname -s) $(uname -m)): redisha is built for Linux on x86_64 and aarch64"
  node_runs || install_system_packages libatomic1 libatomic
  node_runs || fail "the pinned Node does not run here: $(node_modules/.bin/node --version 2>&1 | head -n 1)"
}

# Debian starts a service as soon as its package is installed. The tests start their own Redis and keepalived, so a guard
# keeps the distribution's from running; one that a killed set-up left behind is known by its text and taken away.
policy=/usr/sbin/policy-rc.d
policy_text='exit 101 # redisha set-up: no service starts while packages are installed'
remove_policy() { if grep -qsF "$policy_text" "$policy"; then rm -f "$policy"; fi; }

# $1: names under Debian, $2: names under RHEL.
install_system_packages() {
  if ! command -v apt-get >/dev/null 2>&1; then
    fail "missing packages: $2. Install them with your package manager, for example: dnf install $2"
  fi
  [ "$(id -u)" = 0 ] || fail "missing packages: $1. Install them as root: apt-get install $1"
  say "installing $1"
  (
    # One at a time on the whole machine, whichever copy of the sources asks: the guard is one file.
    flock 8
    log=$(mktemp)
    trap 'remove_policy; rm -f "$log"' EXIT
    trap 'exit 130' HUP INT TERM
    remove_policy
    # Somebody else's stays as it is.
    if [ ! -e "$policy" ]; then
      printf '#!/bin/sh\n%s\n' "$policy_text" >"$policy"
      chmod 755 "$policy"
    fi
    export DEBIAN_FRONTEND=noninteractive
    # shellcheck disable=SC2086 # a list of words, by intent
    {
      apt-get -q -o DPkg::Lock::Timeout=300 update &&
        apt-get -q -y -o DPkg::Lock::Timeout=300 -o Dpkg::Use-Pty=0 install --no-install-recommends $1
    } >"$log" 2>&1 </dev/null 8>&- || {
      cat "$log" >&2
      fail "apt-get could not install: $1"
    }
    # On a machine with systemd the packages enable their services for the next boot: not what a set-up for tests is for.
    if [ -d /run/systemd/system ]; then
      for service in $1; do
        case "$service" in redis-server | keepalived) systemctl --quiet disable "$service.service" || true ;; esac
      done
    fi
  ) 8</usr/sbin
}

ready() {
  npm_ready && node_runs || return 1
  [ "$scope" != packages ] || return 0
  [ -z "$(missing_packages debian)" ] || return 1
  ! wants_redis_py || return 1
  [ "$scope" = tools ] || build_ready
}

ready && exit 0

# Two set-ups side by side must not install into one node_modules: the second waits, and finds everything done.
command -v flock >/dev/null 2>&1 || fail 'flock is missing (package util-linux)'
exec 9<.
flock 9

npm_ready || install_npm_packages
require_node
if [ "$scope" != packages ]; then
  debian=$(missing_packages debian)
  [ -z "$debian" ] || install_system_packages "$debian" "$(missing_packages rhel)"
  if wants_redis_py && ! (install_system_packages python3-redis python3-redis); then
    say 'the tests of redis-py are left out'
    : >"$redis_py_stamp"
  fi
fi
if [ "$scope" = all ] || [ "$scope" = packaging ]; then
  build_ready || PATH=$PWD/node_modules/.bin:$PATH node scripts/build.mjs
fi
