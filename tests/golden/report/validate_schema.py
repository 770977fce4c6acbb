#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""Validate saved results: validate_schema.py SCHEMA FILE... ("-": stdin). Exit 1 when one is invalid."""
import json
import sys

try:
    import jsonschema
except ImportError:
    print("SKIP: needs python3-jsonschema")
    sys.exit(77)


def load(path):
    with (sys.stdin if path == "-" else open(path, encoding="utf-8")) as f:
        return json.load(f)


def main(schema_path, *paths):
    schema = load(schema_path)
    jsonschema.Draft202012Validator.check_schema(schema)
    validator = jsonschema.Draft202012Validator(schema)
    bad = 0
    for path in paths:
        for e in validator.iter_errors(load(path)):
            where = "".join(f"[{p}]" if isinstance(p, int) else f".{p}" for p in e.absolute_path)
            print(f"{path}: {where.lstrip('.') or 'root'}: {e.message[:300]}")
            bad += 1
    return 1 if bad else 0


if __name__ == "__main__":
    if len(sys.argv) < 3:
        sys.exit(__doc__)
    sys.exit(main(*sys.argv[1:]))
