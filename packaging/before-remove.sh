#!/bin/sh
# Run by the package manager before it removes the files of the package. An upgrade leaves everything as it is.
set -eu

# Debian says what is done; RPM says how many of its packages stay.
case "${1-}" in remove | 0) ;; *) exit 0 ;; esac

# Old scripts come back under their names. Configuration, data and logs stay.
/usr/share/redisha/install.sh --uninstall --force --quiet
