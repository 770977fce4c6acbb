#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-or-later
# run_machine.sh MEMTRIAL PROFILES: what exhausts a whole machine asks for leave, is no default, and
# is skipped where nobody gave leave. A profile without that is found.
set -eu
memtrial=$1
profiles=$2/machine
tmp=$(mktemp -d)
trap 'rm -rf "$tmp"' EXIT

guarded()
{
	grep -q '^needs: \[.*\<whole-machine\>.*\]' "$1" && ! grep -q '^tags: \[.*\<default\>' "$1"
}

for f in "$profiles"/*.yaml; do
	guarded "$f" || { echo "$f: wants the need whole-machine, and no tag \"default\""; exit 1; }
	"$memtrial" plan --sysroot "$(dirname "$0")/../data/machines/v1-2cpu" "$f" | grep -q '^SKIP here: ' ||
		{ echo "$f: would run on a machine that is not a guest"; exit 1; }
done

sed 's/, whole-machine//' "$profiles/oom-biggest.yaml" >"$tmp/no-need.yaml"
sed 's/^tags: \[/&default, /' "$profiles/oom-biggest.yaml" >"$tmp/default.yaml"
for f in "$tmp"/*.yaml; do
	if guarded "$f"; then
		echo "$f was not found"
		exit 1
	fi
done
