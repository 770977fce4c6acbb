#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-or-later
# run_results.sh BINARY: a saved result as every format: the JSON meets the schema and comes back byte
# for byte, the KTAP is KTAP, the JUnit meets its schema, a result that was tampered with is refused.
set -eu
binary=$(realpath "$1")
here=$(cd "$(dirname "$0")" && pwd)
data=$here/../data/record
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
fail() { echo "run_results: $*" >&2; exit 1; }

"$binary" report --format json "$data/run.json" >"$work/again.json"
cmp "$work/again.json" "$data/run.json" || fail "the JSON does not come back as it was"
python3 "$here/report/validate_schema.py" "$here/../../harness/record/schema.json" "$work/again.json" ||
	fail "the JSON does not meet its schema"
"$binary" report --format ktap "$data/run.json" >"$work/run.ktap"
python3 "$here/report/validate_ktap.py" "$work/run.ktap" || fail "the KTAP is not KTAP"
"$binary" report --format junit "$data/run.json" >"$work/run.xml"
cmp "$work/run.xml" "$here/report/run.junit.xml" || fail "the JUnit is not as it was"
junit() {
	xmllint --noout --schema "$here/report/junit.xsd" "$1" && python3 "$here/report/validate_junit.py" "$1"
}
junit "$work/run.xml" >/dev/null 2>"$work/err" || fail "the JUnit does not meet its schema: $(cat "$work/err")"

# A name with markup, control characters, line ends: still well-formed, and nothing else than a name.
python3 "$here/report/odd_names.py" "$data/run.json" >"$work/odd.json"
"$binary" report --format junit "$work/odd.json" >"$work/odd.xml"
junit "$work/odd.xml" >/dev/null 2>"$work/err" || fail "odd names break the JUnit: $(cat "$work/err")"

# A schema that accepts everything would be no check.
while read -r from wrong; do
	sed "$wrong" "$work/$from" >"$work/bad.xml"
	cmp -s "$work/$from" "$work/bad.xml" && fail "$wrong changes nothing"
	if junit "$work/bad.xml" >/dev/null 2>&1; then
		fail "JUnit with $wrong is accepted"
	fi
done <<-END
	run.xml s/ time="[^"]*"//
	run.xml s/ errors="2"/ errors="3"/
	run.xml s/<failure /<failed /
	run.xml s/name="until (2)"/name="until"/
	odd.xml s/&lt;/</
END
sed 's/"version": *[0-9]*/"version": "one"/' "$data/run.json" >"$work/bad.json"
if python3 "$here/report/validate_schema.py" "$here/../../harness/record/schema.json" "$work/bad.json" \
	>/dev/null 2>&1; then
	fail "the schema accepts a version that is no number"
fi
for cut in 1 100 1000 10000; do
	head -c "$cut" "$data/run.json" >"$work/cut.json"
	code=0
	"$binary" judge "$work/cut.json" >"$work/out" 2>"$work/err" || code=$?
	[ "$code" -eq 2 ] || fail "judge of a result cut at $cut bytes ended with $code, not 2"
	[ "$(wc -l <"$work/err")" -eq 1 ] || fail "not one line of error: $(cat "$work/err")"
done
code=0
"$binary" judge --quiet "$data/run.json" >"$work/out" || code=$?
[ "$code" -eq 1 ] || fail "the saved result has a failed trial, judge ended with $code"
