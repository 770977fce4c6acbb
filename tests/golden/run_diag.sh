#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-or-later
# Every profile, suite and matrix in DIR is wrong: `memtrial check` must say so, word for word, and exit with 2.
# usage: run_diag.sh [--update] BINARY DIR
# NAME.yaml (.suite, .matrix) is checked from inside DIR, with the options in NAME.args if there are any; what goes to
# stderr must be NAME.expected. --update writes those files anew: look at the diff before it is kept.
set -u
update=
if [ "${1-}" = --update ]; then
	update=yes
	shift
fi
if [ $# -ne 2 ]; then
	echo "usage: $0 [--update] BINARY DIR" >&2
	exit 2
fi
binary=$(realpath "$1") || exit 2
cd "$2" || exit 2
got=$(mktemp) || exit 2
trap 'rm -f "$got"' EXIT
n=0
failed=0

fail() {
	echo "not ok: $1"
	failed=$((failed + 1))
}

for profile in *.yaml *.suite *.matrix; do
	name=${profile%.*}
	n=$((n + 1))
	set --
	# Words of the file are options: no quoting in there.
	[ -f "$name.args" ] && set -- $(cat "$name.args")
	NO_COLOR=1 "$binary" check "$@" "$profile" >/dev/null 2>"$got"
	status=$?
	if [ $status -ne 2 ]; then
		fail "$name: exit code $status instead of 2"
		cat "$got"
	elif [ -n "$update" ]; then
		cp "$got" "$name.expected"
	elif [ ! -f "$name.expected" ]; then
		fail "$name: there is no $name.expected; --update writes it"
	elif ! diff -u "$name.expected" "$got"; then
		fail "$name: another message than expected"
	fi
done
for expected in *.expected *.args; do
	if [ -f "$expected" ] && [ ! -f "${expected%.*}.yaml" ] &&
		[ ! -f "${expected%.*}.suite" ] && [ ! -f "${expected%.*}.matrix" ]; then
		fail "$expected belongs to no profile"
	fi
done
[ "$n" -gt 0 ] || fail "no profiles in $PWD"
echo "$n profiles with mistakes, $failed failed"
[ "$failed" -eq 0 ]
