#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""Validate JUnit XML beyond its schema: validate_junit.py FILE: the counts are those of the testcases."""
import sys
import xml.etree.ElementTree as ET

KINDS = {"failures": "failure", "errors": "error", "skipped": "skipped"}


def check(path):
    errors = []
    root = ET.parse(path).getroot()
    total = dict.fromkeys(["tests", "failures", "errors"], 0)
    for suite in root.iter("testsuite"):
        cases = suite.findall("testcase")
        found = {k: sum(c.find(e) is not None for c in cases) for k, e in KINDS.items()}
        found["tests"] = len(cases)
        for name, n in found.items():
            if int(suite.get(name)) != n:
                errors.append(f"{suite.get('name')}: {name} is {suite.get(name)}, there are {n}")
        for name in total:
            total[name] += found[name]
    for name, n in total.items():
        if int(root.get(name)) != n:
            errors.append(f"{name} is {root.get(name)}, there are {n}")
    return errors


if __name__ == "__main__":
    if len(sys.argv) != 2:
        sys.exit(__doc__)
    mistakes = check(sys.argv[1])
    print("\n".join(mistakes), end="\n" if mistakes else "")
    sys.exit(1 if mistakes else 0)
