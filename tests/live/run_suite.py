#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""run_suite.py BINARY PROFILES N: the default suite N times, with the same verdicts each time.

All verdicts must be PASS or SKIP. Ends with 77 when nothing could run here.
"""
import collections
import sys

from suite_lib import SKIPPED, run

ALL_SKIPPED = 4  # memtrial's exit code


def verdicts_of(trials):
    """What must be the same each time: trials and their own checks, not how often a settled
    counter allowed a cross-check, nor where DAMON of this machine took cache away."""
    return {(t.name, c.name, c.phase): "PASS" if by_damon(c) else c.verdict
            for t in trials for c in t.checks if c.of_profile} | {(t.name, "", ""): t.verdict for t in trials}


def by_damon(check):
    return check.verdict == "SKIP" and "DAMON pages out" in check.why


def tell_differences(first, now):
    for key in sorted(first.keys() | now.keys()):
        if first.get(key) != now.get(key):
            print(f"  {' '.join(key)}: first {first.get(key)}, now {now.get(key)}")


def main():
    if len(sys.argv) != 4:
        sys.exit(__doc__)
    binary, profiles, times = sys.argv[1], sys.argv[2], int(sys.argv[3])
    first, bad = None, 0
    for n in range(1, times + 1):
        code, trials, talk = run(binary, "--profiles", profiles, "run")
        if code == ALL_SKIPPED:
            print("nothing of the suite can run here:", talk.strip())
            sys.exit(SKIPPED)
        now = verdicts_of(trials)
        count = collections.Counter(t.verdict for t in trials)
        print(f"run {n} of {times}: exit code {code}, "
              + ", ".join(f"{v} {k}" for k, v in sorted(count.items()))
              + f", {sum(t.seconds for t in trials):.1f} s", flush=True)
        wrong = [(t, c) for t in trials for c in t.having("FAIL", "BROKEN")]
        for t, c in wrong + [(t, c) for t in trials for c in t.having("SKIP") if by_damon(c)]:
            print(f"  {t.name}: {c}")
        bad += bool(code or wrong or not trials or set(count) - {"PASS", "SKIP"} or
                    now != (first or now))
        if not trials:
            print(talk)
            continue
        first = first or now
        tell_differences(first, now)
    print(f"{times - bad} of {times} runs without a fault")
    sys.exit(bad > 0)


if __name__ == "__main__":
    main()
