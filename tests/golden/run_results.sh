#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-or-later
# run_results.sh BINARY: a saved result as every format: the JSON meets the schema and comes back byte
# for byte, the KTAP is KTAP, the JUnit meets its schema, trace and metrics are read by what they are for, a
# result that was tampered with is refused.
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

# A trace and metrics, also of odd names and of a trial that was run twice.
python3 - "$data/run.json" >"$work/twice.json" <<-END
	import json, sys
	run = json.load(open(sys.argv[1]))
	run["trials"].append(dict(run["trials"][1], started_unix_ns=run["trials"][1]["started_unix_ns"] + 5 * 10**9))
	json.dump(run, sys.stdout)
END
cp "$data/run.json" "$work/run.json"
for name in run odd twice; do
	"$binary" report --format openmetrics "$work/$name.json" >"$work/$name.prom"
	python3 "$here/report/validate_openmetrics.py" "$work/$name.prom" || fail "the metrics of $name are none"
	"$binary" report --format perfetto "$work/$name.json" >"$work/$name.perfetto"
	python3 "$here/report/validate_perfetto.py" "$work/$name.json" "$work/$name.perfetto" ||
		fail "the trace of $name is none"
done
cmp "$work/run.prom" "$here/report/run.prom" || fail "the metrics are not as they were"
cmp "$work/run.perfetto" "$here/report/run.perfetto.json" || fail "the trace is not as it was"
while IFS='|' read -r from wrong; do
	sed "$wrong" "$work/$from" >"$work/bad"
	cmp -s "$work/$from" "$work/bad" && fail "$wrong changes nothing"
	case $from in
	*.prom) code=0; python3 "$here/report/validate_openmetrics.py" "$work/bad" >/dev/null || code=$? ;;
	*) code=0; python3 "$here/report/validate_perfetto.py" "$work/run.json" "$work/bad" >/dev/null || code=$? ;;
	esac
	[ "$code" -eq 1 ] || fail "$from with $wrong is accepted"
done <<-'END'
	run.prom|/# EOF/d
	run.prom|s/ gauge/ info/
	run.prom|s/seconds seconds/seconds bytes/
	run.prom|s/verdict="FAIL"/verdict="PASS"/
	run.prom|s/} 1$/} 1 1700000000/
	run.prom|s/of a trial/of "a" trial/
	run.prom|s/trial="swap.max"/trial=""/
	twice.prom|s/,again="2"//
	odd.prom|s/\\"/"/
	run.perfetto|s/"tid":21/"tid":11/
	run.perfetto|s/,"dur":[0-9.]*//
	run.perfetto|s/"dur":1/"dur":-1/
	run.perfetto|s/"ph":"i"/"ph":"?"/
	run.perfetto|/"process_name"/d
	run.perfetto|/"cat":"oom"/d
	run.perfetto|s/"bytes":40960/"bytes":40961/
	run.perfetto|s/"bytes":40960/"bytes":"40960"/
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
