#!/bin/sh
# Installs redisha on a host that runs keepalived and Redis, or takes it away again. Run it as often as you like: it does
# what is missing and leaves alone what is there. Run with --dry-run it changes nothing and says what it would do.
set -eu
umask 022

program=redisha
# The scripts that a keepalived.conf may call, and the command that each stands for.
legacy_scripts='
redis_check.sh check
redis_master.sh master
redis_backup.sh backup
redis_fault.sh fault
redis_stop.sh stop
redis_master_master.sh master
redis_master_slave.sh backup
redis_backup_master.sh master
redis_backup_slave.sh backup
'
aside_suffix=before-redisha

here=$(cd "$(dirname "$0")" && pwd)
executable=$here/dist/$program
prefix=/usr/local
# A package has brought the executable, and takes it away.
packaged=
if [ "$here" = /usr/share/redisha ]; then
  packaged=yes
  executable=/usr/bin/$program
  prefix=/usr
fi

destdir=
legacy_dir=
user=
action=install
dry_run=
force=
quiet=
take_password=
metrics=
config_dir=/etc/redisha

usual_metrics=/var/lib/prometheus/node-exporter

usage() {
  cat <<TEXT
Usage: ./install.sh [options]

Installs the executable, its directories, files for logrotate and systemd-tmpfiles, a
drop-in for keepalived.service, and a sample configuration.

  --prefix DIR      where the executable goes: DIR/bin/$program (default /usr/local)
  --legacy-dir DIR  also answer under the script names that keepalived.conf may know
                    (redis_check.sh, redis_master.sh, ...) in DIR; a script that is
                    there is kept as NAME.$aside_suffix
  --user NAME       the user that keepalived runs scripts as; what is there already goes
                    to that user (default the owner of
                    /var/lib/redisha, else script_user of keepalived.conf, else
                    keepalived_script if there is one, else root)
  --take-password   where Redis asks for a password and redisha has none: copy the one that
                    the old scripts or redis.conf have into $config_dir/password
  --metrics[=DIR]   every 15 seconds, write metrics of every pair into DIR/$program.prom for the
                    textfile collector of node_exporter (default
                    /var/lib/prometheus/node-exporter)
  --destdir DIR     put everything below DIR, for packagers
  --uninstall       take everything away but configuration, data and logs; scripts that
                    were set aside come back
  --force           with --uninstall: although keepalived runs and calls it
  --quiet           say only what is wrong, and try nothing at the end: for the scripts of a
                    package
  --dry-run         say what would be done, and do nothing
  --help            this text
TEXT
}

say() { printf '%s\n' "$*"; }
tell() { [ -n "$quiet" ] || say "$@"; }
note() { tell "note: $*"; }
warn() { printf 'warning: %s\n' "$*" >&2; }
fail() {
  printf 'install.sh: %s\n' "$*" >&2
  exit 1
}
usage_error() {
  printf 'install.sh: %s (--help lists the options)\n' "$*" >&2
  exit 2
}

# $1: what it does, in words; the rest: the command that does it.
act() {
  what=$1
  shift
  if [ -n "$dry_run" ]; then
    say "would: $what"
  else
    tell "$what"
    "$@"
  fi
}

# ---------------------------------------------------------------------------------------------------------- options

absolute() {
  case "$2" in
    /*) ;;
    *) usage_error "$1 needs an absolute path, not \"$2\"" ;;
  esac
}
# A path that goes into keepalived.conf and into scripts.
plain() {
  absolute "$1" "$2"
  case "$2" in *[!A-Za-z0-9._/+@-]*) usage_error "$1 needs a path of letters, digits and ._+@- only, not \"$2\"" ;; esac
}

while [ $# -gt 0 ]; do
  option=$1
  shift
  case "$option" in
    --prefix | --legacy-dir | --user | --destdir)
      [ $# -gt 0 ] || usage_error "$option needs a value"
      value=$1
      shift
      ;;
    --prefix=* | --legacy-dir=* | --user=* | --destdir=* | --metrics=*)
      value=${option#*=}
      option=${option%%=*}
      ;;
    --metrics) value=$usual_metrics ;;
    --uninstall | --force | --quiet | --dry-run | --take-password) value=yes ;;
    --help | -h)
      usage
      exit 0
      ;;
    *) usage_error "unknown argument: $option" ;;
  esac
  [ -n "$value" ] || usage_error "$option needs a value"
  case "$option" in
    --prefix) plain "$option" "$value" && prefix=${value%/} ;;
    --legacy-dir) plain "$option" "$value" && legacy_dir=${value%/} ;;
    --destdir) absolute "$option" "$value" && destdir=${value%/} ;;
    --user) user=$value ;;
    --metrics) plain "$option" "$value" && metrics=${value%/} ;;
    --uninstall) action=uninstall ;;
    --force) force=yes ;;
    --quiet) quiet=yes ;;
    --dry-run) dry_run=yes ;;
    --take-password) take_password=--take-password ;;
  esac
done
[ -z "$force" ] || [ "$action" = uninstall ] || usage_error '--force is for --uninstall'
[ -z "$metrics" ] || [ "$action" = install ] || usage_error '--uninstall takes the metrics away without being told'

if [ -n "$packaged" ] && [ "$prefix" != /usr ]; then usage_error '--prefix is not for the install.sh of a package'; fi

target=$prefix/bin/$program
state_dir=/var/lib/redisha
log_dir=/var/log/redisha
run_dir=/run/redisha
logrotate_file=/etc/logrotate.d/redisha
tmpfiles_file=/etc/tmpfiles.d/redisha.conf
# What systemd does besides when it stops and starts keepalived.
drop_in=/etc/systemd/system/keepalived.service.d/redisha.conf
# That file and this lets what keepalived starts send packets of its own making, and nobody else: see give_right.
right=cap_net_raw
metrics_unit=$program-metrics
metrics_service=/etc/systemd/system/$metrics_unit.service
metrics_timer=/etc/systemd/system/$metrics_unit.timer
# Where the old names are, for --uninstall: a script that was set aside must find its way back.
legacy_record=$config_dir/legacy-dirs

is_root() { [ "$(id -u)" = 0 ]; }
user_exists() { id "$1" >/dev/null 2>&1; }

# ----------------------------------------------------------------------------------------------- what keepalived is told

keepalived_conf=/etc/keepalived/keepalived.conf

# $1: a file of keepalived's configuration, $2: how deep it is included, since it may include itself. Prints its path and
# those of what it includes.
conf_files() (
  if [ ! -f "$1" ] || [ "$2" -gt 4 ]; then exit 0; fi
  say "$1"
  # A pattern is expanded and not split.
  IFS=
  sed -n 's/^[[:space:]]*include[a-z]*[[:space:]]\{1,\}"\{0,1\}\([^[:space:]"]*\).*/\1/p' "$1" | while read -r pattern; do
    case "$pattern" in /*) pattern=$destdir$pattern ;; *) pattern=${1%/*}/$pattern ;; esac
    for file in $pattern; do conf_files "$file" $(($2 + 1)); done
  done
)
keepalived_files() { conf_files "$destdir$keepalived_conf" 0 | sort -u; }

# Prints the user that keepalived.conf names for all scripts, where there is such a user.
script_user() {
  named=$(keepalived_files | while read -r conf; do
    sed -n 's/^[[:space:]]*script_user[[:space:]]\{1,\}"\{0,1\}\([^[:space:]"]*\).*/\1/p' "$conf"
  done | head -n 1)
  if [ -n "$named" ] && user_exists "$named"; then say "$named"; fi
}

# ------------------------------------------------------------------------------------------------- what the host lacks

# $1: a library. Prints the package that has it.
package_of() {
  case "$1" in
    libatomic.so.1) say 'libatomic1 (Debian) or libatomic (RHEL)' ;;
    libstdc++.so.6) say 'libstdc++6 (Debian) or libstdc++ (RHEL)' ;;
    libgcc_s.so.1) say 'libgcc-s1 (Debian) or libgcc (RHEL)' ;;
    *) say 'the package of your distribution that has it' ;;
  esac
}

# $1: an executable. Prints the processor it is for, in the words of `uname -m`; nothing for what is no ELF file.
processor_of() {
  [ "$(head -c 4 "$1" | od -An -tx1 | tr -d ' ')" = 7f454c46 ] || return 0
  case "$(od -An -tx1 -j18 -N2 "$1" | tr -d ' ')" in
    3e00) say x86_64 ;;
    b700) say aarch64 ;;
    *) say 'another processor' ;;
  esac
}

# Prints a sentence for each thing that keeps $1 from running on this host.
lacks_of() {
  processor=$(processor_of "$1")
  [ -n "$processor" ] || return 0
  if [ "$processor" != "$(uname -m)" ]; then
    say "it is built for $processor and this host is $(uname -m): build it on a host like this one"
    return 0
  fi
  command -v ldd >/dev/null 2>&1 || return 0
  linked=$(LC_ALL=C ldd "$1" 2>&1) || true
  case "$linked" in
    *musl*)
      say 'it needs glibc and this host has musl: use a distribution with glibc (Debian 10, RHEL 8, or newer)'
      return 0
      ;;
  esac
  printf '%s\n' "$linked" | sed -n 's/^[[:space:]]*\([^ ]*\) => not found.*/\1/p' | while read -r library; do
    say "$library is missing: install $(package_of "$library")"
  done
  wanted=$(printf '%s\n' "$linked" | sed -n "s/.*version [\`']\(GLIBC_[0-9.]*\)' not found.*/\1/p" | sort -V | tail -n 1)
  if [ -n "$wanted" ]; then
    say "it needs glibc ${wanted#GLIBC_} and this host has $(getconf GNU_LIBC_VERSION 2>/dev/null || say 'an older one'): it runs on Debian 10, RHEL 8, or newer"
  fi
  case "$linked" in
    *"version "?GLIBCXX_*"not found"* | *"version "?CXXABI_*"not found"*)
      say "libstdc++.so.6 is too old: install $(package_of libstdc++.so.6) of GCC 7 or newer"
      ;;
  esac
}

require_host() {
  if [ -n "$destdir" ]; then
    note 'whether the host has what the executable needs is not checked below --destdir'
    return 0
  fi
  lacks=$(lacks_of "$executable")
  if [ -n "$lacks" ]; then
    say "$lacks" >&2
    fail "this host cannot run $executable"
  fi
  version=$("$executable" --version 2>&1 </dev/null) || fail "$executable does not run here: $(say "$version" | head -n 1)"
}

require_executable() {
  if [ ! -f "$executable" ]; then
    [ -f "$here/scripts/build.mjs" ] || fail "there is no $executable to install"
    command -v npm >/dev/null 2>&1 ||
      fail "there is no $executable, and no Node.js with npm to build it with: copy one built elsewhere to that place, or install npm"
    act "build $executable" build_executable
  elif [ -d "$here/src" ] && [ -n "$(find "$here/src" "$here/package-lock.json" -newer "$executable" 2>/dev/null | head -n 1)" ]; then
    note "the sources are newer than $executable: 'npm run build' makes it anew"
  fi
}
build_executable() { (cd "$here" && npm run --silent build >&2) || fail 'the build failed'; }

# ------------------------------------------------------------------------------------------------------------ install

# Whom a pair that runs works with already goes before what would be right on a new host. Below --destdir the files say
# nothing about the users of the host that they are for.
choose_user() {
  user_reason=
  if [ -z "$user" ]; then
    owner=
    named=
    if [ -z "$destdir" ]; then
      owner=$(stat -c %U "$state_dir" 2>/dev/null) || owner=
      named=$(script_user)
    fi
    if [ -n "$owner" ] && user_exists "$owner"; then
      user=$owner
      user_reason="who owns $state_dir"
    elif [ -n "$named" ]; then
      user=$named
      user_reason="the script_user of $keepalived_conf"
    elif user_exists keepalived_script; then
      user=keepalived_script
      user_reason='whom keepalived takes where it is not told'
    elif [ -n "$packaged" ] && user_exists "$program"; then
      user=$program
      user_reason='the user of the package'
    else
      user=root
      user_reason='since there is no user keepalived_script'
    fi
  fi
  user_exists "$user" || usage_error "there is no user $user on this host"
  group=$(id -gn "$user")
}

# $1: directory, $2: mode, $3: owner, $4: group.
make_directory() {
  if [ -d "$destdir$1" ]; then
    if ! is_root || [ "$(stat -c '%a %U %G' "$destdir$1")" = "${2#0} $3 $4" ]; then return 0; fi
    act "set the owner of $1 to $3:$4, mode $2" set_owner "$destdir$1" "$2" "$3" "$4"
  else
    act "make $1 ($3:$4, mode $2)" new_directory "$destdir$1" "$2" "$3" "$4"
  fi
}
new_directory() {
  mkdir -p "$1"
  set_owner "$@"
}
set_owner() {
  if is_root; then chown "$3:$4" "$1"; fi
  chmod "$2" "$1"
}

# $1: a file that is ready, $2: its place, $3: mode. Moved into place whole: nobody ever reads half of it.
place_file() {
  temporary=$destdir$2.new.$$
  mkdir -p "$(dirname "$temporary")"
  cp "$1" "$temporary"
  if is_root; then chown 0:0 "$temporary"; fi
  chmod "$3" "$temporary"
  if [ "$2" = "$target" ] && needs_right; then setcap "$right+ei" "$temporary" 2>/dev/null || true; fi
  mv -fT "$temporary" "$destdir$2"
  temporary=
}

# $1: a file that is ready, $2: its place, $3: mode, $4: what it is, in words.
install_file() {
  if [ ! -L "$destdir$2" ] && cmp -s "$1" "$destdir$2" && [ "$(stat -c %a "$destdir$2")" = "${3#0}" ]; then
    tell "unchanged: $2"
  else
    act "install $2 ($4)" place_file "$1" "$2" "$3"
  fi
}

# An old name is a script of two lines, not a symbolic link: keepalived resolves links before it runs a script, and the
# executable would be told neither its name nor its command. Nor a hard link: that would stay with the old executable when
# a new one is moved into place.
legacy_mark='# Stands for the script of this name; install.sh --uninstall puts that one back.'
render_legacy() {
  printf '#!/bin/sh\n%s\n' "$legacy_mark"
  if [ "$1" = check ]; then render_answer; fi
  printf 'exec %s %s "$@"\n' "$target" "$1"
}
# What a process of redisha saw within the last two seconds is the answer, without a start of it. All in words of the shell.
render_answer() {
  cat <<ANSWER
looked=$run_dir/\$2-looked
if [ \$# -eq 2 ] && [ -w $run_dir ]; then
  : >$run_dir/\$2-asked
  if [ -r "\$looked" ]; then
    read -r unfit at <"\$looked"
    read -r now idle </proc/uptime
    age=\$((\${now%.*} - \${at:-0}))
    if [ \$age -ge 0 ] && [ \$age -le 2 ]; then exit "\$unfit"; fi
  fi
fi
ANSWER
}
is_ours() {
  if [ -L "$1" ]; then
    case "$(readlink "$1")" in */"$program") return 0 ;; *) return 1 ;; esac
  fi
  [ -f "$1" ] && head -n 2 "$1" | grep -qxF "$legacy_mark"
}
exists() { [ -e "$1" ] || [ -L "$1" ]; }
# A copy, so that at no moment keepalived finds nothing under the name.
set_aside() { cp -a "$destdir$legacy_dir/$1" "$destdir$legacy_dir/$1.$aside_suffix"; }

# Refused before anything is changed: a second script in the way of the one that is kept already.
require_room_for_legacy() {
  for name in $(legacy_names); do
    script=$destdir$legacy_dir/$name
    [ ! -d "$script" ] || [ -L "$script" ] || fail "$legacy_dir/$name is a directory"
    if exists "$script" && ! is_ours "$script" && exists "$script.$aside_suffix"; then
      fail "$legacy_dir/$name is a script, and $name.$aside_suffix beside it is another: move one of them away"
    fi
  done
}
legacy_names() { echo "$legacy_scripts" | cut -d ' ' -f 1; }

install_legacy() {
  make_legacy_dir
  for name in $(legacy_names); do
    script=$destdir$legacy_dir/$name
    command=$(echo "$legacy_scripts" | sed -n "s/^$name //p")
    if exists "$script" && ! is_ours "$script"; then act "keep $legacy_dir/$name as $name.$aside_suffix" set_aside "$name"; fi
    render_legacy "$command" >"$rendered"
    install_file "$rendered" "$legacy_dir/$name" 0755 "$program $command"
  done
  if ! grep -qsxF "$legacy_dir" "$destdir$legacy_record"; then act "record $legacy_dir in $legacy_record" record_legacy; fi
}
make_legacy_dir() { [ -d "$destdir$legacy_dir" ] || act "make $legacy_dir" mkdir -p "$destdir$legacy_dir"; }
record_legacy() {
  printf '%s\n' "$legacy_dir" >>"$destdir$legacy_record"
  chmod 0644 "$destdir$legacy_record"
}

logrotate_conf() {
  cat <<CONF
# Rotates what redisha says of its own work. A command opens the log anew each time, so nobody has to be told.
$log_dir/*.log {
    su $user $group
    weekly
    maxsize 10M
    rotate 8
    missingok
    notifempty
    compress
    delaycompress
    create 0640 $user $group
}
CONF
}
tmpfiles_conf() {
  cat <<CONF
# Where redisha tells keepalived what it finds. /run is empty after every boot, and "keepalived -t" (2.3.3 or newer) calls it
# an error that the directory is not there yet.
d $run_dir 0755 $user $group -
CONF
}

# systemd stops a service with what is said here, and then with SIGTERM. keepalived tells of its end only when it has taken the
# address away. Source: systemd.service(5), ExecStop; timeout(1) for whatever may hang.
drop_in_conf() {
  cat <<CONF
# Before systemd stops keepalived, the role goes to the other node. If it cannot go, keepalived is stopped all the same.
[Service]
ExecStop=-/usr/bin/timeout -k 1 7 $target step-down
CONF
  if needs_right; then right_conf; fi
}

# To tell clients that their address has moved takes CAP_NET_RAW, which only root has. A process gets it where the file says
# that it may inherit it (setcap +ei), and whoever starts it has it to give: keepalived, by systemd. keepalived drops what is
# ambient when it becomes the user of the scripts, and keeps what is inheritable. So any other user who runs the
# executable gets nothing. Source: capabilities(7); seen on keepalived 2.1.5, 2.2.7 and 2.3.4.
right_conf() {
  cat <<CONF
# redisha, which keepalived runs as $user, may tell clients that their address has moved. Nobody else gets this right.
AmbientCapabilities=CAP_NET_RAW
CONF
}
needs_right() { [ "$user" != root ] && command -v setcap >/dev/null 2>&1; }
has_right() { getcap "$1" 2>/dev/null | grep -q "${right}[=+]ei\$"; }
lacks_right() { note "$1: clients that only listen are not told when the address moves (docs/configuration.md)"; }
reload_systemd() {
  if [ -z "$destdir" ] && [ -d /run/systemd/system ]; then systemctl daemon-reload || true; fi
}

install_drop_in() {
  drop_in_conf >"$rendered"
  if cmp -s "$rendered" "$destdir$drop_in"; then return 0; fi
  had_right=
  if grep -qs '^AmbientCapabilities=' "$destdir$drop_in"; then had_right=yes; fi
  install_file "$rendered" "$drop_in" 0644 'the role moves before systemd stops keepalived'
  if [ -z "$dry_run" ]; then reload_systemd; fi
  if [ -z "$had_right" ] && needs_right; then
    note 'keepalived can give redisha the right to tell clients that their address has moved once it is started again, the backup first: "systemctl restart keepalived"'
  fi
}

# Root needs no right.
give_right() {
  [ "$user" != root ] || return 0
  if ! needs_right; then
    lacks_right 'setcap is missing (package libcap2-bin or libcap)'
    return 0
  fi
  if [ -n "$dry_run" ] || has_right "$destdir$target"; then return 0; fi
  # A package places the file without the right. Newer once more, it is taken up by a resident that was quicker.
  if setcap "$right+ei" "$destdir$target" 2>/dev/null; then
    touch "$destdir$target"
  else
    lacks_right "setcap fails on $target"
  fi
}

metrics_service_conf() {
  cat <<CONF
# Writes the metrics of every pair of this host for the textfile collector of node_exporter. Made by install.sh --metrics.
[Unit]
Description=Metrics of redisha for the textfile collector of node_exporter

[Service]
Type=oneshot
ExecStart=$target status --prometheus --out $metrics/$program.prom
TimeoutStartSec=20
Nice=5
CONF
}
metrics_timer_conf() {
  cat <<CONF
[Unit]
Description=Metrics of redisha every 15 seconds

[Timer]
OnBootSec=30
OnUnitInactiveSec=15
AccuracySec=1

[Install]
WantedBy=timers.target
CONF
}
# Prints where the metrics go by now; nothing where they go nowhere.
metrics_now() { sed -n "s,^ExecStart=.* --out \(/.*\)/$program\.prom\$,\1,p" "$destdir$metrics_service" 2>/dev/null || true; }
has_systemd() { [ -z "$destdir" ] && [ -d /run/systemd/system ]; }

# Once they are asked for, every later installation keeps them, with the place that the executable has then.
install_metrics() {
  [ -n "$metrics" ] || metrics=$(metrics_now)
  [ -n "$metrics" ] || return 0
  [ -d "$destdir$metrics" ] ||
    note "there is no $metrics yet: node_exporter makes it, or --metrics=DIR names the one that it reads"
  metrics_service_conf >"$rendered"
  install_file "$rendered" "$metrics_service" 0644 "metrics in $metrics"
  metrics_timer_conf >"$rendered"
  install_file "$rendered" "$metrics_timer" 0644 'every 15 seconds'
  if has_systemd; then act "start $metrics_unit.timer" start_metrics; fi
}
start_metrics() {
  systemctl daemon-reload
  systemctl enable --quiet --now "$metrics_unit.timer"
}

# Old values would stand there for ever.
remove_metrics() {
  metrics=$(metrics_now)
  [ -n "$metrics" ] || return 0
  if has_systemd; then act "stop $metrics_unit.timer" stop_metrics; fi
  for file in "$metrics_service" "$metrics_timer" "$metrics/$program.prom"; do remove_file "$file"; done
  if [ -z "$dry_run" ]; then reload_systemd; fi
}
stop_metrics() { systemctl disable --quiet --now "$metrics_unit.timer" || true; }

# What an installation for another user has left belongs to this one now, links and what they lead to excepted.
hand_over_files() {
  [ -z "$destdir" ] && is_root || return 0
  for directory in "$state_dir" "$log_dir" "$run_dir"; do
    if [ -n "$(find "$directory" ! -user "$user" 2>/dev/null | head -n 1)" ]; then
      act "give what is in $directory to $user:$group" chown -hR "$user:$group" "$directory"
    fi
  done
  # A password file of the old user is closed to everybody else. What is root's stays so.
  if [ -n "$(find "$config_dir" -type f ! -user root ! -user "$user" 2>/dev/null | head -n 1)" ]; then
    act "give the files in $config_dir that are not root's to $user" \
      find "$config_dir" -type f ! -user root -exec chown "$user:$group" {} +
  fi
}

install_everything() {
  choose_user
  require_executable
  if [ -f "$executable" ]; then require_host; fi
  if [ -n "$legacy_dir" ]; then require_room_for_legacy; fi
  [ -z "$user_reason" ] || note "the scripts run as $user, $user_reason (--user names another)"

  # Root's, so that who may run scripts may not change what they do; the group, so that they may read a password file.
  make_directory "$config_dir" 0750 root "$group"
  make_directory "$state_dir" 0750 "$user" "$group"
  make_directory "$log_dir" 0750 "$user" "$group"
  # systemd-tmpfiles and keepalived make it too, but at their start alone.
  if [ -z "$destdir" ]; then make_directory "$run_dir" 0755 "$user" "$group"; fi

  hand_over_files

  rendered=$(mktemp)
  logrotate_conf >"$rendered"
  install_file "$rendered" "$logrotate_file" 0644 'rotation of the log'
  tmpfiles_conf >"$rendered"
  install_file "$rendered" "$tmpfiles_file" 0644 "$run_dir at every boot"
  # Not there where only the executable and this file were copied: "redisha config show" has every setting, too.
  if [ -f "$here/packaging/redisha.toml" ]; then
    install_file "$here/packaging/redisha.toml" "$config_dir/redisha.toml.sample" 0644 'every setting, commented out'
  fi

  # Last, when all that it uses is there; the old names after it, because they would lead nowhere before.
  install_file "$executable" "$target" 0755 'the executable'
  install_drop_in
  give_right
  if [ -n "$legacy_dir" ]; then install_legacy; fi
  install_metrics
  look_for_another
  [ -n "$dry_run$quiet" ] || say_next
}

# $1: an executable. Prints the files by which keepalived runs it: its configuration, and the old names that lead there.
callers_of() {
  keepalived_files | while read -r conf; do
    if calls "$conf" "$1"; then say "$conf"; fi
  done
  sort -u "$legacy_record" 2>/dev/null | while read -r directory; do
    grep -lsF "exec $1 " "$directory"/*.sh || true
  done
}

# A package and the sources have places of their own. keepalived goes on with the one that its files name, and a person
# who types the name gets the one that comes first in PATH.
look_for_another() {
  [ -z "$destdir" ] || return 0
  for other in /usr/local/bin/$program /usr/bin/$program; do
    if [ ! -x "$other" ] || [ "$(readlink -f "$other")" = "$(readlink -f "$target")" ]; then continue; fi
    callers=$(callers_of "$other")
    warn "there are two: $target, which is installed now, and $other, from another installation"
    if [ -n "$callers" ]; then
      say "$callers" | while read -r caller; do warn "keepalived runs $other, because $caller names it"; done
      warn "to change that: write $target there (or --legacy-dir for the old names), systemctl restart keepalived, and rm $other"
    else
      warn "keepalived does not run $other: rm $other"
    fi
  done
}

say_next() {
  say
  if [ -n "${version-}" ]; then say "Installed: $version"; fi
  if [ -n "$destdir" ]; then
    say "Next, on the host: $target config check"
    return 0
  fi
  say "What keepalived will run, as its user:"
  if "$target" config check $take_password; then
    say 'Next: redisha status, on both hosts.'
  else
    say "Next: mend what is wrong above, then: $target config check"
  fi
}

# ---------------------------------------------------------------------------------------------------------- uninstall

# $1: a file that is ours to take away.
remove_file() { if exists "$destdir$1"; then act "remove $1" rm -f "$destdir$1"; fi; }

restore_legacy() {
  for name in $(legacy_names); do
    script=$destdir$legacy_dir/$name
    is_ours "$script" || continue
    if exists "$script.$aside_suffix"; then
      act "put back $legacy_dir/$name" mv -fT "$script.$aside_suffix" "$script"
    else
      act "remove $legacy_dir/$name" rm -f "$script"
    fi
  done
}

# Prints each path that will lead nowhere.
paths_to_lose() {
  if exists "$destdir$target"; then say "$target"; fi
  say "$legacy_dirs" | while read -r directory; do
    [ -n "$directory" ] || continue
    for name in $(legacy_names); do
      script=$destdir$directory/$name
      if is_ours "$script" && ! exists "$script.$aside_suffix"; then say "$directory/$name"; fi
    done
  done
}
# $1: a file of keepalived's configuration, $2: a path. Whether a line that is no comment has it, and as a whole path.
calls() {
  pattern=$(say "$2" | sed 's/[.+]/\\&/g')
  grep -v '^[[:space:]]*[#!]' "$1" | grep -qE "(^|[^A-Za-z0-9._/+@-])$pattern([^A-Za-z0-9._/+@-]|\$)"
}
calls_to_lose() {
  paths=$(paths_to_lose)
  keepalived_files | while read -r conf; do
    for path in $paths; do
      if calls "$conf" "$path"; then say "${conf#"$destdir"} still calls $path"; fi
    done
  done
}
keepalived_runs() {
  pgrep -x keepalived >/dev/null 2>&1 ||
    [ "$(cat "/proc/$(cat /run/keepalived.pid 2>/dev/null)/comm" 2>/dev/null)" = keepalived ]
}

# Refused before anything is removed: a keepalived that runs on without its scripts judges no node and moves no role.
look_for_calls() {
  calls=$(calls_to_lose)
  [ -n "$calls" ] || return 0
  if [ -z "$destdir$force" ] && keepalived_runs; then
    say "$calls" >&2
    fail 'keepalived runs: change its configuration and reload it, or stop it, and then run this again (or now, with --force)'
  fi
  say "$calls" | while read -r call; do
    warn "$call, which is taken away: until that is changed keepalived finds nothing there"
  done
}

uninstall_everything() {
  exists "$destdir$target" || note "there is no $target"
  own=$target
  if [ -n "$packaged" ]; then own=; fi
  recorded=$(cat "$destdir$legacy_record" 2>/dev/null) || true
  legacy_dirs=$(printf '%s\n%s\n' "$legacy_dir" "$recorded" | sort -u)
  look_for_calls
  # The scripts come back before the executable goes, so that keepalived never calls a name that leads nowhere.
  while read -r legacy_dir; do
    if [ -n "$legacy_dir" ]; then restore_legacy; fi
  done <<LIST
$legacy_dirs
LIST
  remove_metrics
  had_drop_in=
  if exists "$destdir$drop_in"; then had_drop_in=yes; fi
  for file in $own "$logrotate_file" "$tmpfiles_file" "$drop_in" "$config_dir/redisha.toml.sample" "$legacy_record"; do remove_file "$file"; done
  if [ -n "$had_drop_in" ] && [ -z "$dry_run" ]; then
    rmdir "$(dirname "$destdir$drop_in")" 2>/dev/null || true
    reload_systemd
  fi
  for directory in "$config_dir" "$state_dir" "$log_dir" "$run_dir"; do
    [ -d "$destdir$directory" ] || continue
    if [ -z "$(ls -A "$destdir$directory")" ]; then
      act "remove $directory" rmdir "$destdir$directory"
    elif [ -z "$dry_run" ]; then
      note "$directory stays, with what it holds"
    fi
  done
}

# ---------------------------------------------------------------------------------------------------------------- main

temporary=
rendered=
version=
trap 'rm -f ${temporary:+"$temporary"} ${rendered:+"$rendered"}' EXIT
trap 'exit 130' HUP INT TERM

if [ -z "$destdir$dry_run" ] && ! is_root; then
  fail "this needs root: sudo ./install.sh, or --destdir DIR to install somewhere else, or --dry-run to look first"
fi
case "$action" in
  install) install_everything ;;
  uninstall) uninstall_everything ;;
esac
