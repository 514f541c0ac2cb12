#!/usr/bin/env bash
# Software: dpkg-shlibdeps 1.21.22 with libc6 2.36 (bookworm), on the executable of Node 26.10.0.
# Guess:    dpkg-shlibdeps derives `libc6 (>= ...)` from the newest symbol that an executable needs: GLIBC_2.28 gives 2.28.
# Happens:  it says 2.34, because of one function: sysconf. Its symbol is GLIBC_2.2.5, but Debian's list of symbols asks for the package in
#           2.34, since which it knows more names. Which name a program asks for, the list cannot know.
# Matters:  a package that is made on bookworm around a ready-made executable does not install on bullseye (libc6 2.31), where the
#           executable runs.
# Seen:     newest symbol: GLIBC_2.28; dpkg-shlibdeps: libc6 (>= 2.34); with a version above 2.28 in the list: sysconf; with the libc of bullseye: v26.10.0
set -euo pipefail
# shellcheck source=findings/lib.sh
source "$(dirname "$0")/lib.sh"

for one in dpkg-shlibdeps objdump; do command -v "$one" >/dev/null || skip "$one is not installed"; done
[ "$(dpkg-query -W -f '${Version}' dpkg-dev | cut -d- -f1)" = 1.21.22 ] || skip 'dpkg-dev is another version'
[[ $(dpkg-query -W -f '${Version}' libc6) = 2.36-* ]] || skip 'libc6 is another version'
node_26
symbols() { objdump -T "$1" | grep -oE 'GLIBC_[0-9.]+' | sort -Vu; }
same 'newest symbol' GLIBC_2.28 "$(symbols "$node" | tail -1)"
mkdir -p "$tmp/package/debian"
printf 'Source: a\nMaintainer: a <a@localhost>\n\nPackage: a\nArchitecture: any\nDescription: a\n' >"$tmp/package/debian/control"
cd "$tmp/package"
same 'dpkg-shlibdeps' 'libc6 (>= 2.34)' "$(dpkg-shlibdeps -O "$node" 2>"$tmp/warnings" | grep -oE 'libc6 \([^)]*\)')"
# Names with the version of the symbol: what Node needs, and for what the list asks for more than 2.28.
objdump -T "$node" | sed -nE 's/.*\*UND\*.*\((GLIBC_[0-9.]+)\) +([^ ]+)$/\2@\1/p' | sort >"$tmp/needed"
sed -nE 's/^ ([^ ]+@GLIBC_[0-9.]+) 2\.(29|3[0-9])$/\1/p' "$(dpkg-query --control-path libc6 symbols)" | sort >"$tmp/above"
same 'needed, and above 2.28' sysconf@GLIBC_2.2.5 "$(comm -12 "$tmp/needed" "$tmp/above" | paste -sd' ')"
debian bullseye libc6=2.31-13+deb11u11 libstdc++6=10.2.1-6 libgcc-s1=10.2.1-6 libatomic1=10.2.1-6
libraries=$(compgen -G "$tmp/bullseye/lib/*-linux-gnu"):$(compgen -G "$tmp/bullseye/usr/lib/*-linux-gnu")
loader=$(compgen -G "$tmp/bullseye/lib/*-linux-gnu/ld-2.31.so")
same 'with the libraries of bullseye' v26.10.0 "$("$loader" --library-path "$libraries" "$node" --version)"
