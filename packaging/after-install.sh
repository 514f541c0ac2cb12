#!/bin/sh
# Run by the package manager when the files of the package are in place: what else belongs to redisha on this host.
set -eu

# Debian's words for what went wrong with another package, or is to be done for one.
case "${1-}" in abort-* | triggered) exit 0 ;; esac

if ! getent passwd redisha >/dev/null; then
  if command -v systemd-sysusers >/dev/null 2>&1; then
    systemd-sysusers redisha.conf
  else
    useradd --system --user-group --no-create-home --home-dir /var/lib/redisha --shell /usr/sbin/nologin \
      --comment 'redisha, run by keepalived' redisha
  fi
fi

/usr/share/redisha/install.sh --quiet
