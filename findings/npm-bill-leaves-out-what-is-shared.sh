#!/usr/bin/env bash
# Software: npm 11.19.1 with Node 26.10.0.
# Guess:    `npm sbom --omit dev` lists what `npm ci --omit dev` installs and `npm ls --omit dev` shows.
# Happens:  it also leaves out each package of production that a package for development needs too. It asks whether some line of
#           dependencies leads there from devDependencies; the others ask whether one leads there from dependencies.
# Matters:  the bill of materials is what a scanner looks for known faults in. A library that ships is not on it, because a test tool
#           uses the same one. In a real project the most common libraries are missing first.
# Seen:     installed: real-require thread-stream; npm ls: the same; npm sbom: thread-stream
set -euo pipefail
# shellcheck source=findings/lib.sh
source "$(dirname "$0")/lib.sh"

also=(npm@11.19.1)
node_26
npm() { "$node" "$tmp/node_modules/npm/bin/npm-cli.js" --prefix "$tmp/project" "$@"; }
mkdir "$tmp/project"
cat >"$tmp/project/package.json" <<'JSON'
{ "name": "project", "version": "1.0.0", "dependencies": { "thread-stream": "4.0.0" }, "devDependencies": { "pino": "10.1.0" } }
JSON
cd "$tmp/project"
npm install --silent --no-audit --no-fund --ignore-scripts --package-lock-only || skip 'npm no longer has the packages'
names() { sort | paste -sd' '; }
bill() { npm sbom --sbom-format cyclonedx --package-lock-only "$@" | python3 -c 'import json, sys; [print(one["name"]) for one in json.load(sys.stdin)["components"]]' | names; }
same 'in the whole bill' 1 "$(bill | tr ' ' '\n' | grep -cx real-require)"
same 'npm sbom --omit dev' thread-stream "$(bill --omit dev)"
npm ci --silent --no-audit --no-fund --ignore-scripts --omit dev
same 'npm ci --omit dev' 'real-require thread-stream' "$(find node_modules -mindepth 1 -maxdepth 1 ! -name '.*' -printf '%f\n' | names)"
same 'npm ls --omit dev' 'real-require thread-stream' "$(npm ls --all --parseable --omit dev | sed -n 's/.*node_modules\///p' | names)"
