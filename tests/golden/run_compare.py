#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""What compare, history and baselines print, word for word, on results made here.

usage: run_compare.py BINARY [--update]
The results are variants of tests/data/record/run.json, in a directory of their own. Cases are as in
run_cli.py; their outputs are compare/NAME.txt.
"""
import copy
import difflib
import json
import os
import random
import sqlite3
import subprocess
import sys
import tempfile

from run_cli import HERE, told_in

MAIN = ["--label", "main"]
TWENTY = ["--baseline", "last 20 on main"]


def put(run, trial, phase, name, value):
    t = run["trials"][trial]
    column = [c["name"] for c in t["columns"]].index(name)
    t["readings"][phase + 1]["values"][column] = value


def base():
    """Two trials of the fixture, with a rate, which they have not."""
    with open(os.path.join(HERE, "../data/record/run.json")) as f:
        run = json.load(f)
    run["trials"] = run["trials"][:2]
    for t in run["trials"]:
        t["columns"].append({"name": "quiet.rate", "unit": "bytes/s", "flags": [], "noise": 0,
                             "drift": 0, "sampled": False})
        for reading in t["readings"]:
            reading["values"].append(0)
    return run


def many(n, chance, factor=1.0):
    for i in range(n):
        run = base()
        for trial in (0, 1):
            run["trials"][trial]["started_unix_ns"] += i * 3600 * 10**9
            for phase in range(3):
                put(run, trial, phase, "quiet.rate",
                    int((1 << 30) * factor * chance.gauss(1, 0.02)))
                put(run, trial, phase, "hog/memory.stat.pagetables",
                    4096 * chance.randint(138, 142))
        yield run


def worse_than(run):
    """Another kernel: one check fails, a kill more."""
    worse = copy.deepcopy(run)
    worse["tool"] = "memtrial 0.0.9"
    for trial in worse["trials"]:
        trial["facts"]["kernel"] = "6.1.0-44"
        trial["facts"]["lru"] = "mglru"
    put(worse, 0, 0, "neighbour/memory.current", 80 << 20)
    put(worse, 0, 1, "hog/memory.events.oom_kill", 3)
    first = worse["trials"][0]
    first["verdict"] = "FAIL"
    first["verdict_why"] = "neighbour/memory.current is 80M, expected 64M"
    for v in first["verdicts"]:
        if v["name"] == "neighbour/memory.current":
            v.update(verdict="FAIL", value=80 << 20, compared=80 << 20,
                     why="neighbour/memory.current is 80M, expected 64M: 16M too much")
    return worse


def make(directory):
    def save(name, what):
        with open(os.path.join(directory, name), "w") as f:
            f.write(what if isinstance(what, str) else json.dumps(what))

    one = base()
    save("a.json", one)
    save("same.json", one)
    save("worse.json", worse_than(one))
    planned = copy.deepcopy(one)
    planned["trials"][0]["spec"]["stressors"][0]["text"] = "size=256M"
    save("planned.json", planned)
    foreign = copy.deepcopy(one)
    foreign["trials"] = foreign["trials"][:1]
    foreign["trials"][0]["spec"]["name"] = "limits/else"
    save("foreign.json", foreign)
    text = json.dumps(one)
    save("truncated.json", text[:len(text) // 2])
    newer = copy.deepcopy(one)
    newer["version"] = 99
    save("newer.json", newer)
    save("text.json", "this is no result\n")
    save("nothing.db", "")
    save("text.db", "this is no database at all, however long it may be\n" * 40)
    chance = random.Random(7)
    for i, run in enumerate(many(10, chance)):
        save(f"main{i}.json", run)
    for i, run in enumerate(many(10, chance, 0.9)):
        save(f"slow{i}.json", run)
    save("slow.json", next(many(1, chance, 0.5)))
    for name, sql in (("newer.db", "PRAGMA user_version = 2"), ("foreign.db", "SELECT 1")):
        db = sqlite3.connect(os.path.join(directory, name))
        db.execute("CREATE TABLE recipes (id INTEGER)")
        db.execute(sql)
        db.commit()
        db.close()


def comparisons():
    mains = [f"main{i}.json" for i in range(10)]
    slows = [f"slow{i}.json" for i in range(10)]
    yield "same", ["compare", "a.json", "same.json"]
    yield "worse", ["compare", "--fail-on", "regression", "a.json", "worse.json"]
    yield "better", ["compare", "--fail-on", "regression", "worse.json", "a.json"]
    yield "any", ["compare", "--fail-on", "any", "worse.json", "a.json"]
    yield "three", ["compare", "a.json", "same.json", "worse.json"]
    yield "ten-and-ten", ["compare", "--fail-on", "regression", *mains, "--", *slows]
    yield "halves", ["compare", "--fail-on", "any", *mains[::2], "--", *mains[1::2]]
    yield "verbose", ["compare", "-v", "--metric", "quiet.*", *mains[:5], "--", *mains[5:]]
    yield "json", ["compare", "--format", "json", "--metric", "*/memory.current", "a.json",
                   "worse.json"]
    yield "force", ["compare", "--force", "a.json", "planned.json"]
    yield "error-nothing", ["compare"]
    yield "error-one", ["compare", "a.json"]
    yield "error-empty-side", ["compare", "a.json", "--"]
    yield "error-sides", ["compare", *["a.json"] * 9]
    yield "error-plan", ["compare", "a.json", "planned.json"]
    yield "error-nothing-common", ["compare", "a.json", "foreign.json"]
    yield "error-truncated", ["compare", "a.json", "truncated.json"]
    yield "error-version", ["compare", "newer.json", "a.json"]
    yield "error-no-json", ["compare", "a.json", "text.json"]
    yield "error-no-file", ["compare", "a.json", "no/such.json"]
    yield "error-metric", ["compare", "--metric", "hog.*", "a.json", "same.json"]
    yield "error-fail-on", ["compare", "--fail-on", "regress", "a.json", "same.json"]
    yield "error-format", ["compare", "--format", "html", "a.json", "same.json"]
    yield "error-baseline-alone", ["compare", *TWENTY, "a.json"]


def histories():
    mains = [f"main{i}.json" for i in range(10)]
    yield "error-history-alone", ["judge", *MAIN, "a.json"]
    yield "error-fail-on-alone", ["judge", "--fail-on", "any", "a.json"]
    yield "error-label", ["judge", "--history", "h.db", "--label", "two words", "a.json"]
    yield "history-none", ["history", "h.db"]
    yield "history-nothing", ["history", "nothing.db"]
    yield "history-no-database", ["history", "text.db"]
    yield "history-newer", ["history", "newer.db"]
    yield "history-foreign", ["history", "foreign.db"]
    yield "history-arguments", ["history", "h.db", "limits/oom"]
    yield "judge-no-database", ["judge", "-q", "--history", "text.db", "a.json"]
    yield "judge-directory", ["judge", "-q", "--history", ".", "a.json"]
    yield "baseline-none", ["judge", "-q", "--history", "h.db", *TWENTY, "a.json"]
    yield "baseline-nothing", ["judge", "-q", "--history", "nothing.db", *TWENTY, "a.json"]
    yield "baseline-words", ["judge", "--history", "h.db", "--baseline", "the last 20", "a.json"]
    for name in mains:
        yield None, ["judge", "-q", "--history", "h.db", *MAIN, name]
    yield "history-list", ["history", "h.db"]
    yield "history-line", ["history", "h.db", "limits/oom", "quiet.rate", "--phase", "settle"]
    yield "history-last", ["history", "--last", "3", "h.db", "limits/oom",
                           "neighbour/memory.current", "--phase", "settle"]
    yield "history-trial-near", ["history", "h.db", "limits/oon", "quiet.rate"]
    yield "history-metric-near", ["history", "h.db", "limits/oom", "quiet.rat"]
    yield "history-phase-near", ["history", "h.db", "limits/oom", "quiet.rate", "--phase",
                                 "settel"]
    yield "history-last-word", ["history", "h.db", "limits/oom", "quiet.rate", "--last", "few"]
    yield "baseline-label-near", ["compare", "--history", "h.db", "--baseline", "last 20 on mian",
                                  "a.json"]
    yield "baseline-good", ["compare", "--fail-on", "regression", "--history", "h.db", *TWENTY,
                            "main3.json"]
    yield "baseline-slow", ["compare", "--fail-on", "regression", "--history", "h.db", *TWENTY,
                            "slow.json"]
    yield "baseline-planned", ["compare", "--history", "h.db", *TWENTY, "foreign.json"]
    yield "judge-baseline", ["judge", "-q", "--history", "h.db", "--label", "work", *TWENTY,
                             "slow.json"]
    yield "history-kept", ["history", "h.db"]


def together(binary, directory):
    """Writers at the same time: every one of them is kept."""
    jobs = [subprocess.Popen([binary, "judge", "-q", "--history", "together.db", "main0.json"],
                             cwd=directory, stdout=subprocess.DEVNULL) for _ in range(6)]
    codes = [job.wait() for job in jobs]
    db = sqlite3.connect(os.path.join(directory, "together.db"))
    kept = db.execute("SELECT count(*) FROM run").fetchone()[0]
    numbers = {n for n, in db.execute(
        "SELECT count(*) FROM number JOIN trial ON trial.id = trial GROUP BY trial, name")}
    db.close()
    if kept == 6 and len(numbers) <= 2 and not {2, 3} & set(codes):
        return 0
    print(f"not ok: 6 writers at once: {kept} runs kept, exit codes {codes}, {numbers} numbers")
    return 1


def compared(name, got, update):
    """Whether an output is as it was, or write it."""
    path = os.path.join(HERE, "compare", name + ".txt")
    if update:
        with open(path, "w") as f:
            f.write(got)
        return True
    want = ""
    if os.path.exists(path):
        with open(path) as f:
            want = f.read()
    if got == want:
        return True
    print(f"not ok: {name}")
    sys.stdout.writelines(difflib.unified_diff(
        want.splitlines(True), got.splitlines(True), name + ".txt", "now"))
    return False


def main():
    args = [a for a in sys.argv[1:] if a != "--update"]
    update = "--update" in sys.argv[1:]
    if len(args) != 1:
        sys.exit(__doc__.split("\n\n")[1].splitlines()[0])
    binary = os.path.abspath(args[0])
    failed, seen = 0, set()
    with tempfile.TemporaryDirectory() as directory:
        make(directory)
        for name, words in (*comparisons(), *histories()):
            got = told_in(directory, binary, words)
            if name is not None:
                assert name not in seen, name
                seen.add(name)
                failed += not compared(name, got, update)
        failed += together(binary, directory)
    for name in os.listdir(os.path.join(HERE, "compare")):
        if name[:-4] not in seen:
            print(f"not ok: {name} belongs to no case")
            failed += 1
    print(f"{len(seen)} outputs, {failed} failed")
    sys.exit(1 if failed else 0)


if __name__ == "__main__":
    main()
