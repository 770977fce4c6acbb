#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""run_twins.py BINARY PROFILES TWINS.tsv [PATTERN]: each profile with one number falsified fails.

A row of TWINS.tsv is a profile (without .yaml), the text that is replaced (it must stand there
exactly once; \\n is a new line), the new text, and the metric and phase ("always" is one) of the
check that must then be the only FAIL, with exit code 1 and nothing BROKEN. PATTERN: only profiles
with that in their name. What needs a limit above its groups gets a group with one.
"""
import contextlib
import os
import shutil
import sys
import tempfile

from suite_lib import run

# A BROKEN trial says nothing, neither of the twin nor of its check: others moved too much.
TRIES = 3


def rows_of(path):
    with open(path) as f:
        for number, line in enumerate(f, 1):
            line = line.rstrip("\n")
            if not line or line.startswith("#"):
                continue
            fields = line.split("\t")
            if len(fields) != 5:
                sys.exit(f"{path}:{number}: {len(fields)} fields instead of 5")
            yield number, [f.replace("\\n", "\n") for f in fields]


def falsify(path, old, new):
    """Returns what is wrong with the edit, or None."""
    with open(path) as f:
        text = f.read()
    if text.count(old) != 1:
        return f"\"{old}\" stands there {text.count(old)} times instead of once"
    with open(path, "w") as f:
        f.write(text.replace(old, new))
    return None


def judge(code, trials, talk, metric, phase):
    """Returns (faults, to be tried again)."""
    if len(trials) != 1:
        return [f"exit code {code}, {len(trials)} trials: {talk.strip()}"], False
    failed, broken = trials[0].having("FAIL"), trials[0].having("BROKEN")
    if trials[0].verdict == "SKIP":
        return [], False
    if any((c.name, c.phase, c.verdict) == (metric, phase, "SKIP") for c in trials[0].checks):
        return ([str(c) for c in failed + broken], False)
    faults = [str(c) for c in broken]
    faults += [str(c) for c in failed if (c.name, c.phase) != (metric, phase)]
    if not any((c.name, c.phase) == (metric, phase) for c in failed):
        faults.append(f"{metric} in {phase} did not FAIL")
    if code != 1:
        faults.append(f"exit code {code} instead of 1")
    return faults, bool(broken)


@contextlib.contextmanager
def group_of(profile):
    """Options for a profile that needs a limit above its groups."""
    base = next((d for d in ("/sys/fs/cgroup/memory", "/sys/fs/cgroup") if os.path.isdir(d)), None)
    with open(profile) as f:
        if "needs: [limited]" not in f.read() or not base or not os.access(base, os.W_OK):
            yield []
            return
    group = os.path.join(base, f"memtrial-twins-{os.getpid()}")
    os.mkdir(group)
    try:
        v1 = os.path.join(group, "memory.limit_in_bytes")
        with open(v1 if os.path.exists(v1) else os.path.join(group, "memory.max"), "w") as f:
            f.write("160M")
        yield ["--in", group]
    finally:
        os.rmdir(group)


def try_twin(binary, profile, metric, phase):
    for left in reversed(range(TRIES)):
        with group_of(profile) as options:
            code, trials, talk = run(binary, "run", *options, profile)
        faults, again = judge(code, trials, talk, metric, phase)
        if not again or not left:
            break
    whys = [trials[0].why] if len(trials) == 1 and trials[0].verdict == "SKIP" else []
    whys += [c.why for t in trials for c in t.having("SKIP") if (c.name, c.phase) == (metric, phase)]
    return faults, whys[0] if whys else None


def untested(profiles, seen):
    names = [os.path.relpath(os.path.join(d, f), profiles)[:-len(".yaml")]
             for d, _, files in os.walk(profiles) for f in files if f.endswith(".yaml")]
    return sorted(set(names) - seen)


def main():
    if len(sys.argv) not in (4, 5):
        sys.exit(__doc__)
    binary, profiles, tsv = sys.argv[1:4]
    pattern = sys.argv[4] if len(sys.argv) == 5 else ""
    seen, bad, count = set(), 0, 0
    for number, (name, old, new, metric, phase) in rows_of(tsv):
        seen.add(name)
        if pattern not in name:
            continue
        count += 1
        with tempfile.TemporaryDirectory(prefix="memtrial-twin-") as where:
            twin = os.path.join(where, os.path.basename(name) + ".yaml")
            shutil.copyfile(os.path.join(profiles, name + ".yaml"), twin)
            fault, skipped = falsify(twin, old, new), None
            faults = [fault] if fault else []
            if not fault:
                faults, skipped = try_twin(binary, twin, metric, phase)
        edit = f"{old} -> {new}".replace("\n", " ")
        print(f"{'not ok' if faults else 'ok'} {count} {name}: {metric} in {phase}: {edit}"
              + (f" # SKIP {skipped}" if skipped else ""), flush=True)
        for f in faults:
            print(f"  {os.path.basename(tsv)}:{number}: {f}")
        bad += bool(faults)
    for name in untested(profiles, seen):
        print(f"not ok {name} has no twin")
        bad += 1
    print(f"1..{count}")
    sys.exit(bad > 0)


if __name__ == "__main__":
    main()
