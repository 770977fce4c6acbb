#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""How often compare reports what is not there, and whether it finds what is: on real runs.

usage: measure.py BINARY --make DIR | RUN.json... [--splits N]
The runs are of one profile on one kernel, 40 of them or more (memtrial run --save); --make runs
rate.yaml 40 times, three minutes or more, and keeps them in DIR. Prints, and exits with 1 when more
than 1 in 20 of the comparisons of a kernel with itself reported anything, or a rate by the yardstick
that was lowered by 10 % in 10 runs was not found beside 10 others in 19 of 20 draws:
- the first half of the runs against the second, as they were made, and every other one;
- N random splits in halves (default 40);
- each run of the second half alone against the 20 before it, as `--baseline 'last 20'` does;
- 10 runs against 10 others whose rates were multiplied by 0.9, drawn at random as if sides had
  taken turns: among all numbers, and among the rates alone (--metric '*_rate').
"""
import json
import os
import random
import statistics
import subprocess
import sys
import tempfile


def compare(binary, *sides, metric=None):
    words = []
    for side in sides:
        words += (["--"] if words else []) + list(side)
    only = ["--metric", metric] if metric else []
    done = subprocess.run([binary, "compare", "--format", "json", *only, *words], text=True,
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
        rates = [i for i, c in enumerate(trial["columns"]) if c["name"].endswith("rate")]
        for reading in trial["readings"]:
            for i in rates:
                if reading["values"] and reading["values"][i]:
                    reading["values"][i] = int(reading["values"][i] * factor)
    with open(to, "w") as f:
        json.dump(run, f)
    return to


def spread(paths):
    """The coefficient of variation of each rate, in the phase in which it varies most."""
    rates = {}
    for path in paths:
        with open(path) as f:
            run = json.load(f)
        for trial in run["trials"]:
            for i, column in enumerate(trial["columns"]):
                for at, reading in enumerate(trial["readings"]):
                    value = reading["values"] and reading["values"][i]
                    if column["name"].endswith("rate") and value and value > 0:
                        rates.setdefault((column["name"], at), []).append(value)
    worst = {}
    for (name, _), v in rates.items():
        worst[name] = max(worst.get(name, 0), statistics.pstdev(v) / statistics.mean(v))
    return worst


def power(binary, runs, chance, metric=None):
    """In how many of 20 draws each rate that was lowered is found to be worse."""
    found = {}
    with tempfile.TemporaryDirectory() as tmp:
        for _ in range(20):
            mixed = chance.sample(runs, 20)
            slow = [plant(p, f"{tmp}/{i}.json", 0.9) for i, p in enumerate(mixed[10:])]
            for n in compare(binary, mixed[:10], slow, metric=metric)["numbers"]:
                if n["metric"].endswith("rate"):
                    found[n["metric"]] = found.get(n["metric"], 0) + bool(n["worse"])
    varies = spread(runs)
    print(f"rates 10 % lower, 10 runs and 10, among {'all numbers' if not metric else metric}:")
    for name, times in sorted(found.items()):
        print(f"  {name}: found in {times} of 20; it varies by {varies.get(name, 0):.1%} from run to run")
    return all(times >= 19 for name, times in found.items() if name.endswith(".ops_yard_rate"))


def make(binary, directory, runs=40):
    profile = os.path.join(os.path.dirname(os.path.abspath(__file__)), "rate.yaml")
    os.makedirs(directory, exist_ok=True)
    paths = [os.path.join(directory, f"{i:02}.json") for i in range(runs)]
    for path in paths:
        subprocess.run([binary, "run", "-q", "--save", path, profile], check=True,
                       stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    return paths


def main():
    args, splits = sys.argv[1:], 40
    if "--splits" in args:
        at = args.index("--splits")
        splits = int(args[at + 1])
        del args[at:at + 2]
    if len(args) == 3 and args[1] == "--make":
        args[1:] = make(os.path.abspath(args[0]), args[2])
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
    power(binary, runs, chance)
    good &= power(binary, runs, chance, "*_rate")
    sys.exit(0 if good else 1)


if __name__ == "__main__":
    main()
