#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""run_suite.py BINARY PROFILES N: the default suite N times, with the same verdicts each time.

All verdicts must be PASS or SKIP. Where a DAMON scheme pages out cold memory, a trial may be BROKEN
that names it: that machine changes under every trial, and the verdict says so. Ends with 77 when
nothing could run here.
"""
import collections
import sys

from suite_lib import SKIPPED, run

BROKEN, ALL_SKIPPED = 3, 4  # memtrial's exit codes


def verdicts_of(trials):
    """What must be the same each time: trials and their own checks, not how often a settled
    counter allowed a cross-check."""
    return {(t.name, c.name, c.phase): c.verdict for t in trials for c in t.checks
            if c.of_profile} | {(t.name, "", ""): t.verdict for t in trials}


def is_disturbed(trial):
    """BROKEN for no other reason than DAMON's paging out, which the judge names."""
    wrong = trial.having("FAIL", "BROKEN")
    return trial.verdict == "BROKEN" and bool(wrong) and all("DAMON pages out" in c.why for c in wrong)


def calm(verdicts, disturbed):
    return {key: v for key, v in verdicts.items() if key[0] not in disturbed}


def tell_differences(first, now):
    for key in sorted(first.keys() | now.keys()):
        if first.get(key) != now.get(key):
            print(f"  {' '.join(key)}: first {first.get(key)}, now {now.get(key)}")


def main():
    if len(sys.argv) != 4:
        sys.exit(__doc__)
    binary, profiles, times = sys.argv[1], sys.argv[2], int(sys.argv[3])
    first, bad, ever = None, 0, set()
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
        for t in trials:
            for c in t.having("FAIL", "BROKEN"):
                print(f"  {t.name}: {c}")
        disturbed = {t.name for t in trials if is_disturbed(t)}
        if disturbed:
            print(f"  disturbed by DAMON: {', '.join(sorted(disturbed))}")
            trials = [t for t in trials if t.name not in disturbed]
            ever |= disturbed
        code = 0 if disturbed and code == BROKEN else code
        count = collections.Counter(t.verdict for t in trials)
        wrong = any(t.having("FAIL", "BROKEN") for t in trials)
        bad += bool(code or wrong or not trials or set(count) - {"PASS", "SKIP"} or
                    calm(now, ever) != calm(first or now, ever))
        if not trials:
            print(talk)
            continue
        first = first or now
        tell_differences(calm(first, ever), calm(now, ever))
    print(f"{times - bad} of {times} runs without a fault")
    sys.exit(bad > 0)


if __name__ == "__main__":
    main()
