#!/bin/sh
# Prints "HASH COMMIT DATE": a hash over all that goes into dist/redisha, the commit it comes from, and its day. The set-up compares the
# hash with that of the last build; the build writes both. The commit is the last one that changed what goes in, so that a
# commit to the documents alone makes no new executable.
set -eu
cd "$(dirname "$0")/.."

inputs='src scripts/build.mjs scripts/bake.mjs scripts/plain-commands.mjs scripts/rehearse.ts scripts/forget-code.ts scripts/stand-in.mjs scripts/build-inputs.sh package.json package-lock.json'

commit=unknown
day=unknown
# A copy of the sources inside somebody else's repository must not borrow that one's commit.
if [ -e .git ] && command -v git >/dev/null 2>&1; then
  # shellcheck disable=SC2086 # a list of words, by intent
  commit=$(git log -1 --format=%h -- $inputs 2>/dev/null) || commit=
  commit=${commit:-unknown}
  # shellcheck disable=SC2086
  day=$(git log -1 --format=%cs -- $inputs 2>/dev/null) || day=
  day=${day:-unknown}
  # shellcheck disable=SC2086
  if [ "$commit" != unknown ] && [ -n "$(git status --porcelain -- $inputs 2>/dev/null)" ]; then commit=$commit-dirty; fi
fi

# shellcheck disable=SC2086
hash=$({
  uname -m
  echo "$commit"
  find $inputs -type f | LC_ALL=C sort | tr '\n' '\0' | xargs -0 sha256sum
} | sha256sum | cut -c1-16)

echo "$hash $commit $day"
