#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""Validate KTAP version 1 (Documentation/dev-tools/ktap.rst): validate_ktap.py FILE... ("-": stdin).

Checks version and plan lines, numbers that run from 1 without a gap, plans that are kept, two blanks of
indentation a level, a parent's result behind its subtests, and that a parent does not pass when one of
its subtests failed. Lines of another form are mistakes here: we write only our own. Exit 1 on a mistake.
"""
import re
import sys

RESULT = re.compile(r"^(ok|not ok) (\d+)(?: ([^#]*?))?(?: # ?(.*))?$")
DIRECTIVES = {"SKIP": ("ok", "not ok"), "TODO": ("ok", "not ok"), "XFAIL": ("ok", "not ok"),
              "TIMEOUT": ("not ok",), "ERROR": ("not ok",)}


class Level:
    """One set of results: what its plan says and what came."""

    def __init__(self):
        self.plan = None
        self.count = 0
        self.failed = False


def closed(level, where, say):
    if level.plan is not None and level.plan != level.count:
        say(where, f"the plan says {level.plan} tests, {level.count} came")


def result(level, inner, m, where, say):
    status, number, _, rest = m.groups()
    level.count += 1
    if int(number) != level.count:
        say(where, f"number {number} where {level.count} is due")
    word = rest.split()[0] if rest and rest.split() else ""
    if word in DIRECTIVES and status not in DIRECTIVES[word]:
        say(where, f"{word} with \"{status}\"")
    if status == "ok" and word != "SKIP" and inner and inner.failed:
        say(where, "passed although a subtest failed")
    level.failed |= status == "not ok"


def check(path, lines):
    errors = []
    stack, inner = [], None  # inner: a set of subtests that waits for its parent's result

    def say(number, text):
        errors.append(f"{path}:{number}: {text}")

    n = 0
    for n, line in enumerate(lines, 1):
        line = line.rstrip("\n")
        text = line.lstrip(" ")
        indent = len(line) - len(text)
        if text.startswith("#"):
            continue
        depth = indent // 2 + 1
        m = RESULT.match(text)
        if indent % 2:
            say(n, "indented by an odd number of blanks")
        elif text == "KTAP version 1":
            if depth != len(stack) + 1:
                say(n, "a version line at a level that is not the next one")
            if inner:
                say(n, "subtests without the result of their parent")
            inner = None
            stack.append(Level())
        elif re.fullmatch(r"1\.\.\d+", text):
            if depth != len(stack) or stack[-1].plan is not None or stack[-1].count:
                say(n, "a plan that does not follow its version line")
            else:
                stack[-1].plan = int(text[3:])
        elif m:
            if depth == len(stack) - 1:
                inner = stack.pop()
                closed(inner, n, say)
            if depth != len(stack):
                say(n, "a result at a level without a version line")
                continue
            result(stack[-1], inner, m, n, say)
            inner = None
        else:
            say(n, f"no line of KTAP: {line!r}")
    if len(stack) != 1:
        say(n, "does not end at the level at which it began")
    else:
        closed(stack[0], n, say)
    return errors


def main(paths):
    errors = []
    for path in paths:
        with (sys.stdin if path == "-" else open(path, encoding="utf-8")) as f:
            errors += check(path, f.readlines())
    print("\n".join(errors), end="\n" if errors else "")
    return 1 if errors else 0


if __name__ == "__main__":
    if len(sys.argv) < 2:
        sys.exit(__doc__)
    sys.exit(main(sys.argv[1:]))
