#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""How often compare reports what is not there, and whether it finds what is: on real runs.

usage: measure.py BINARY RUN.json... [--splits N]
The runs are of one profile on one kernel, 40 of them or more (memtrial run --save). Prints, and
exits with 1 when more than 1 in 20 of the comparisons of a kernel with itself reported anything, or
a rate that was lowered by 10 % in 10 runs was not found beside 10 others, where it varies by no more
than 4 % from run to run:
- the first half of the runs against the second, as they were made, and every other one;
- N random splits in halves (default 40);
- each run of the second half alone against the 20 before it, as `--baseline 'last 20'` does;
- 10 runs against 10 others whose rates were multiplied by 0.9.
"""
import json
import os
import random
import statistics
import subprocess
import sys
import tempfile


def compare(binary, *sides):
    words = []
    for side in sides:
        words += (["--"] if words else []) + list(side)
    done = subprocess.run([binary, "compare", "--format", "json", *words], text=True,
                          stdout=subprocess.PIPE, check=True)
    return json.loads(done.stdout)


def moved(result):
    return [f"{n['metric']} in {n['phase']} ({n['percent']} %)" for n in result["numbers"]
            if n["moved"]]


def report(title, results):
    wrong = [moved(r) for r in results]
    print(f"{title}: {sum(map(bool, wrong))} of {len(results)} reported something", flush=True)
    for names in filter(None, wrong):
        print("  " + "; ".join(names[:4]))
    return sum(map(bool, wrong)) * 20 <= max(len(results), 20)


def plant(path, to, factor):
    with open(path) as f:
        run = json.load(f)
    for trial in run["trials"]:
        rates = [i for i, c in enumerate(trial["columns"]) if c["name"].endswith(".rate")]
        for reading in trial["readings"]:
            for i in rates:
                if reading["values"] and reading["values"][i]:
                    reading["values"][i] = int(reading["values"][i] * factor)
    with open(to, "w") as f:
        json.dump(run, f)
    return to


def spread(paths):
    """The smallest coefficient of variation of any rate."""
    rates = {}
    for path in paths:
        with open(path) as f:
            run = json.load(f)
        for trial in run["trials"]:
            for i, column in enumerate(trial["columns"]):
                for reading in trial["readings"]:
                    value = reading["values"] and reading["values"][i]
                    if column["name"].endswith(".rate") and value:
                        key = (trial["spec"]["name"], column["name"], reading["label"])
                        rates.setdefault(key, []).append(value)
    return min((statistics.pstdev(v) / statistics.mean(v) for v in rates.values()), default=0)


def power(binary, runs, chance):
    found = 0
    with tempfile.TemporaryDirectory() as tmp:
        for _ in range(10):
            mixed = chance.sample(runs, 20)
            slow = [plant(p, f"{tmp}/{i}.json", 0.9) for i, p in enumerate(mixed[10:])]
            result = compare(binary, mixed[:10], slow)
            found += any(n["metric"].endswith(".rate") and n["worse"] for n in result["numbers"])
    varies = spread(runs)
    print(f"a rate 10 % lower, 10 runs and 10: found in {found} of 10; "
          f"it varies by {varies:.1%} from run to run")
    return found == 10 or varies > 0.04


def main():
    args, splits = sys.argv[1:], 40
    if "--splits" in args:
        at = args.index("--splits")
        splits = int(args[at + 1])
        del args[at:at + 2]
    if len(args) < 41:
        sys.exit(__doc__.split("\n\n")[1].splitlines()[0])
    binary, runs = os.path.abspath(args[0]), args[1:]
    half, chance = len(runs) // 2, random.Random(1)
    good = report("first half, second half", [compare(binary, runs[:half], runs[half:])])
    good &= report("every other one", [compare(binary, runs[::2], runs[1::2])])
    results = []
    for _ in range(splits):
        mixed = chance.sample(runs, len(runs))
        results.append(compare(binary, mixed[:half], mixed[half:]))
    good &= report("random halves", results)
    good &= report("one against the 20 before", [compare(binary, runs[i - 20:i], [runs[i]])
                                                 for i in range(20, len(runs))])
    good &= power(binary, runs, chance)
    sys.exit(0 if good else 1)


if __name__ == "__main__":
    main()
