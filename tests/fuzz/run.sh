#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-or-later
# run.sh FUZZER TOPIC SECONDS: fuzz one parser from the captured files of its topic.
set -eu
fuzzer=$1 topic=$2 seconds=$3
tests=$(cd "$(dirname "$0")/.." && pwd)
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT

case $topic in
kernel) find "$tests/data/kernel" "$tests/data/machines" -type f ;;
profile) find "$tests/golden/diag" "$tests/../profiles" -name '*.yaml' ;;
record) find "$tests/data/record" -name '*.json' ;;
*) echo "no seeds for $topic" >&2; exit 1 ;;
esac >"$work/seeds"
mkdir "$work/corpus"
n=0
while read -r f; do
	n=$((n + 1))
	cp "$f" "$work/corpus/$n"
done <"$work/seeds"
cd "$work"
"$fuzzer" -max_total_time="$seconds" -max_len=65536 -timeout=10 -rss_limit_mb=2048 \
	-print_final_stats=1 -verbosity=0 corpus
