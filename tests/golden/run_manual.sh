#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-or-later
# run_manual.sh BINARY: the man page is clean roff and names every command, the completion is bash.
set -eu
binary=$(realpath "$1")
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
fail() { echo "run_manual: $*" >&2; exit 1; }

"$binary" doc man >"$work/memtrial.8"
mandoc -Tlint -Wwarning "$work/memtrial.8" || fail "mandoc finds mistakes"
mandoc -Tutf8 "$work/memtrial.8" | col -b >"$work/text"
for word in run check plan list show probe judge report clean; do
	grep -q "memtrial $word" "$work/text" || fail "the man page does not name $word"
done
"$binary" doc bash >"$work/completion"
bash -n "$work/completion" || fail "the completion is not bash"
words=$(bash -c ". '$work/completion'; COMP_WORDS=(memtrial ru); COMP_CWORD=1; _memtrial; echo \${COMPREPLY[*]}")
[ "$words" = run ] || fail "completing \"ru\" gives \"$words\""
words=$(bash -c ". '$work/completion'; COMP_WORDS=(memtrial run --form); COMP_CWORD=2; _memtrial; echo \${COMPREPLY[*]}")
[ "$words" = --format ] || fail "completing \"run --form\" gives \"$words\""
