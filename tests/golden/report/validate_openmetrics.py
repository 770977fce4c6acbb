#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""Validate OpenMetrics text: validate_openmetrics.py FILE... Exit 1 on a mistake.

First with the strict parser of Prometheus' client library. Then for what it lets pass: series that come
twice, values of no trial. Then for what the textfile collector of node_exporter refuses, which reads the
older text format: types of OpenMetrics only, escaped quotes in HELP, time stamps.
"""
import sys

# Where Debian's packages are, for a python that is not Debian's.
sys.path.append("/usr/lib/python3/dist-packages")
try:
    from prometheus_client.openmetrics.parser import text_string_to_metric_families as strict
    from prometheus_client.parser import text_string_to_metric_families as older
except ImportError:
    sys.exit("needs python3-prometheus-client")


def series(families):
    return [(s.name, tuple(sorted(s.labels.items())), s.value) for f in families for s in f.samples]


def check(text):
    families = list(strict(text))
    found = series(families)
    if not found:
        yield "no series"
    # Of two in a row the parser keeps one.
    lines = [line.rpartition(" ")[0] for line in text.split("\n") if line and not line.startswith("#")]
    for line in {line for line in lines if lines.count(line) > 1}:
        yield f"twice: {line}"
    for f in families:
        if f.type not in ("gauge", "counter"):
            yield f"{f.name}: the type {f.type} is unknown to the older format"
        if "\\" in f.documentation or '"' in f.documentation:
            yield f"{f.name}: HELP with something to escape"
        for s in f.samples:
            if s.timestamp is not None:
                yield f"{s.name}: a time stamp"
            if not s.labels.get("trial"):
                yield f"{s.name}: of no trial"
    if series(older(text)) != found:
        yield "the older format reads it otherwise"


def main(paths):
    bad = 0
    for path in paths:
        with open(path, encoding="utf-8", newline="\n") as f:
            text = f.read()
        try:
            mistakes = list(check(text))
        except ValueError as e:
            mistakes = [str(e)]
        for m in mistakes:
            print(f"{path}: {m}")
        bad += len(mistakes)
    return 1 if bad else 0


if __name__ == "__main__":
    if len(sys.argv) < 2:
        sys.exit(__doc__)
    sys.exit(main(sys.argv[1:]))
