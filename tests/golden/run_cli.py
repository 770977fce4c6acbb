#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""What each command prints, word for word: help, lists, errors, and plans of captured machines.

usage: run_cli.py BINARY [--update]
A case is a name and the command's words; its output is cli/NAME.txt: the exit code, stdout and
stderr. --update writes those files anew: look at the diff before it is kept.
"""
import difflib
import os
import subprocess
import sys

HERE = os.path.dirname(os.path.abspath(__file__))
MACHINES = "../../data/machines"
COMMANDS = ["run", "check", "plan", "list", "show", "probe", "gate", "judge", "report", "clean",
            "doc", "compare", "history", "capacity", "record",
            "watch", "bench"]
KINDS = ["anon", "exec", "failnth", "fork", "mlock", "null", "pagecache", "pagetable", "poison", "shmem",
         "slab"]


def cases():
    yield "help", ["--help"]
    yield "no-command", []
    for command in COMMANDS:
        yield f"help-{command}", [command, "--help"]
    for what in ("stressors", "metrics", "knobs", "faults"):
        yield f"list-{what}", ["list", what]
    yield "list-profiles", ["list", "--profiles", "profiles"]
    yield "list-suites", ["list", "suites", "--profiles", "profiles"]
    yield "list-suite", ["list", "--profiles", "profiles", "--suite", "named"]
    yield "list-tagged", ["list", "--profiles", "profiles", "--tag", "small"]
    for kind in KINDS:
        yield f"show-{kind}", ["show", kind]
    yield "show-profile", ["show", "profiles/plain.yaml"]
    yield "check-good", ["check", "profiles/plain.yaml", "profiles/knobs.yaml"]
    for machine in ("bare", "v1-2cpu", "v2-2node-swap", "v2-mglru-container"):
        root = ["--sysroot", f"{MACHINES}/{machine}"]
        yield f"probe-{machine}", ["probe", *root]
        for name in ("plain", "knobs"):
            yield f"plan-{name}-{machine}", ["plan", *root, f"profiles/{name}.yaml"]
    root = ["--sysroot", f"{MACHINES}/v1-2cpu"]
    yield "plan-several", ["plan", *root, "profiles/plain.yaml", "profiles/knobs.yaml"]
    yield "plan-set", ["plan", *root, "--set", "limit=1G", "profiles/plain.yaml"]
    suite = ["--profiles", "profiles", "--suite"]
    yield "plan-suite", ["plan", *root, *suite, "small"]
    yield "plan-suite-set", ["plan", *root, *suite, "small", "--set", "limit=64M",
                             "profiles/plain.yaml"]
    yield "plan-suite-named", ["plan", *root, *suite, "profiles/suites/small.suite",
                               "profiles/plain.yaml"]
    yield "check-suite", ["check", *suite, "named"]
    yield "check-suite-file", ["check", "profiles/suites/named.suite"]
    yield "error-suite", ["check", *suite, "nobody"]
    yield "error-suite-near", ["check", *suite, "smal"]
    yield "error-suite-file", ["check", *suite, "../diag/suite-nothing.suite"]
    yield "error-suite-pattern", ["check", *suite, "absent"]
    yield "error-suite-param", ["check", *suite, "unknown"]
    yield "error-suite-tag", ["check", *suite, "untagged"]
    yield "error-bench-argument", ["bench", "anon"]
    yield "error-bench-against", ["bench", "--against", "everybody"]
    yield "error-matrix", ["gate", "--matrix", "profiles/nowhere.matrix"]
    yield "error-matrix-kernel", ["gate", "--matrix", "x.matrix", "--kernel", "vmlinuz"]
    yield "error-matrix-format", ["gate", "--matrix", "x.matrix", "--format", "ktap"]
    yield "error-matrix-file", ["gate", "--matrix", "x.matrix"]
    yield "plan-too-large", ["plan", *root, "--set", "limit=1T", "profiles/plain.yaml"]
    yield "plan-reserve", ["plan", *root, "--reserve", "23G", "profiles/plain.yaml"]
    yield "error-run-on-captured", ["run", *root, "profiles/plain.yaml"]
    yield "error-sysroot", ["probe", "--sysroot", "no/such"]
    yield "error-command", ["frobnicate"]
    yield "error-command-near", ["rum"]
    yield "error-option", ["run", "--frobnicate"]
    yield "error-option-near", ["run", "--sead=1"]
    yield "error-option-other-command", ["probe", "--save", "x"]
    yield "error-value-missing", ["run", "--seed"]
    yield "error-value-not-wanted", ["run", "--quiet=1"]
    yield "error-set", ["run", "--set", "limit"]
    yield "error-set-unknown", ["plan", *root, "--set", "limits=1G", "profiles/plain.yaml"]
    yield "error-set-value", ["plan", *root, "--set", "limit=tall", "profiles/plain.yaml"]
    yield "error-seed", ["run", "--seed", "many", "profiles/plain.yaml"]
    yield "error-reserve", ["plan", *root, "--reserve", "much", "profiles/plain.yaml"]
    yield "error-reserve-unit", ["plan", *root, "--reserve", "1s", "profiles/plain.yaml"]
    yield "error-color", ["probe", "--color", "pink"]
    yield "error-arguments", ["probe", "now"]
    yield "error-profile", ["plan", *root, "no-such-profile"]
    yield "error-profile-near", ["plan", *root, "--profiles", "profiles", "plan"]
    yield "error-file", ["check", "no/such.yaml"]
    yield "error-tag", ["plan", *root, "--profiles", "profiles", "--tag", "none"]
    yield "error-list", ["list", "dogs"]
    yield "error-list-tag", ["list", "--profiles", "profiles", "--tag", "none"]
    yield "error-list-directory", ["list", "--profiles", "no/such"]
    yield "error-show", ["show", "anom"]
    yield "error-show-nothing", ["show"]
    yield "error-judge-nothing", ["judge"]
    yield "error-judge-file", ["judge", "no/such.json"]
    yield "error-judge-profile", ["judge", "profiles/plain.yaml"]
    yield "error-doc", ["doc", "html"]
    yield from capacity_cases()
    yield from record_cases()
    yield from watch_cases()
    yield "completion", ["doc", "bash"]


def record_cases():
    true = ["--", "true"]
    root = ["--sysroot", f"{MACHINES}/v1-2cpu"]
    for name, words in {
            "nothing": [],
            "command": ["--", "no-such-command"],
            "command-path": ["--", "/no/such"],
            "runs": ["--runs", "2", *true],
            "runs-many": ["--runs", "101", *true],
            "runs-none": ["--runs", "0", *true],
            "false-alarms": ["--false-alarms", "30%", *true],
            "false-alarms-unit": ["--false-alarms", "1", *true],
            "limit": ["--limit", "4K", *true],
            "limit-unit": ["--limit", "64", *true],
            "limit-large": ["--limit", "1T", *root, *true],
            "name": ["--name=", *true],
            "timeout": ["--timeout", "1ms", *true],
            "output": ["-o", "no/such", *root, *true],
            "captured": [*root, *true]}.items():
        yield f"error-record-{name}", ["record", *words]


def capacity_cases():
    limit = ["capacity", "limit"]
    true = ["--", "true"]
    for name, words in {
            "nothing": ["capacity"],
            "question": ["capacity", "limits", *true],
            "no-command": limit,
            "both": [*limit, "--profile", "plain", *true],
            "within": [*limit, "--within", "1G", *true],
            "high": [*limit, "--high", *true],
            "high-profile": [*limit, "--high", "--profile", "plain"],
            "high-v1": [*limit, "--high", "--slo", "runtime <= 120%", "--sysroot", f"{MACHINES}/v1-2cpu", *true],
            "copies": ["capacity", "neighbours", "--range", "1M..2M", *true],
            "copies-many": ["capacity", "neighbours", "--range", "0..3", *true],
            "copies-knee": ["capacity", "neighbours", "--knee", *true],
            "copies-low": ["capacity", "neighbours", "--low", "1M", *true],
            "low-and-min": ["capacity", "protect", "--low", "1M", "--min", "2M", *true],
            "low-above": ["capacity", "protect", "--low", "2G", "--within", "1G", *true],
            "low-of-profile": ["capacity", "protect", "--low", "1M", "--profile", "profiles/plain.yaml"],
            "low-v1": ["capacity", "protect", "--low", "8M", "--sysroot", f"{MACHINES}/v1-2cpu", *true],
            "within-too-large": ["capacity", "neighbours", "--within", "1T", "--sysroot",
                                 f"{MACHINES}/v1-2cpu", *true],
            "command": [*limit, "--", "no-such-command"],
            "command-path": [*limit, "--", "no/such"],
            "range": [*limit, "--range", "64M", *true],
            "range-unit": [*limit, "--range", "64M..12", *true],
            "range-empty": [*limit, "--range", "1G..64M", *true],
            "range-low": [*limit, "--range", "4K..64M", *true],
            "resolution": [*limit, "--resolution", "0.01%", *true],
            "repeat": [*limit, "--repeat", "0", *true],
            "timeout": [*limit, "--timeout", "1ms", *true],
            "swap": [*limit, "--swap", "much", *true],
            "format": [*limit, "--format", "ktap", *true],
            "set": [*limit, "--set", "limit=1G", *true],
            "slo": [*limit, "--slo", "fast", *true],
            "slo-name": [*limit, "--slo", "latency <= 20ms", *true],
            "slo-near": [*limit, "--slo", "run_time <= 110%", *true],
            "slo-number": [*limit, "--slo", "runtime <= short", *true],
            "slo-unit": [*limit, "--slo", "refault.rate <= 100", *true],
            "slo-metric": [*limit, "--slo", "box/memory.peek <= 1G", *true],
            "metric": [*limit, "--metric", "p99: ([0-9]+", "--slo", "p99 <= 1ms", *true],
            "profile": [*limit, "--profile", "nobody", "--profiles", "profiles"],
            "param": [*limit, "--profile", "profiles/plain.yaml", "--param", "limits"],
            "profile-metric": [*limit, "--profile", "profiles/plain.yaml", "--metric", "x"],
            "pressure-v1": [*limit, "--sysroot", f"{MACHINES}/v1-2cpu", "--slo",
                            "psi.memory.full.avg <= 1%", *true],
            "no-groups": [*limit, "--sysroot", f"{MACHINES}/bare", *true],
            "captured": [*limit, "--sysroot", f"{MACHINES}/v1-2cpu", *true],
            "too-large": [*limit, "--sysroot", f"{MACHINES}/v1-2cpu", "--range", "1G..1T", *true],
    }.items():
        yield f"error-capacity-{name}", words


def watch_cases():
    v1 = ["--sysroot", f"{MACHINES}/v1-2cpu"]
    yield "watch-v1-machine", ["watch", *v1, "--count", "1"]
    yield "watch-v1-json", ["watch", *v1, "--count", "1", "--format", "json"]
    for machine in ("bare", "v2-mglru-container"):
        yield f"watch-{machine}", ["watch", "--sysroot", f"{MACHINES}/{machine}", "-n1"]
    v2 = ["--sysroot", f"{MACHINES}/v2-2node-swap"]
    root_group = ["--sysroot", f"{MACHINES}/v2-mglru-container", "-n1", "/"]
    yield "watch-v2-root", ["watch", *root_group]
    yield "watch-v2-group", ["watch", *v2, "-n", "1", "user.slice/user-0.slice"]
    yield "watch-v2-json", ["watch", *v2, "-n", "1", "-f", "json", "/sys/fs/cgroup/user.slice"]
    yield "error-watch-near", ["watch", *v2, "user.slice/user-1.slice"]
    yield "error-watch-group", ["watch", *v2, "nobody/nothing"]
    yield "error-watch-file", ["watch", *v2, "user.slice/memory.current"]
    yield "error-watch-outside", ["watch", *v2, "../../proc"]
    yield "error-watch-no-groups", ["watch", "--sysroot", f"{MACHINES}/bare", "user.slice"]
    yield "error-watch-two", ["watch", "a", "b"]
    yield "error-watch-format", ["watch", "--format", "html"]
    yield "error-watch-interval", ["watch", "--interval", "1ms"]
    yield "error-watch-interval-unit", ["watch", "--interval", "1M"]
    yield "error-watch-count", ["watch", "--count", "0"]


def told(binary, args):
    return told_in(os.path.join(HERE, "cli"), binary, args)


def told_in(directory, binary, args):
    env = {"PATH": os.environ["PATH"], "NO_COLOR": "1", "COLUMNS": "80", "LC_ALL": "C.UTF-8"}
    for name in ("ASAN_OPTIONS", "UBSAN_OPTIONS", "LSAN_OPTIONS"):
        if name in os.environ:
            env[name] = os.environ[name]
    done = subprocess.run([binary, *args], cwd=directory, env=env, text=True,
                          stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
                          stderr=subprocess.PIPE, timeout=60)
    text = f"$ {' '.join(['memtrial', *args])}\nexit code {done.returncode}\n"
    for title, part in (("stdout", done.stdout), ("stderr", done.stderr)):
        if part:
            text += f"--- {title}\n{part}"
    return text


def main():
    args = [a for a in sys.argv[1:] if a != "--update"]
    update = "--update" in sys.argv[1:]
    if len(args) != 1:
        sys.exit(__doc__.split("\n\n")[1].splitlines()[0])
    binary = os.path.abspath(args[0])
    failed, seen = 0, set()
    for name, words in cases():
        path = os.path.join(HERE, "cli", name + ".txt")
        assert name not in seen, name
        seen.add(name)
        got = told(binary, words)
        if update:
            with open(path, "w") as f:
                f.write(got)
            continue
        want = ""
        if os.path.exists(path):
            with open(path) as f:
                want = f.read()
        if got != want:
            failed += 1
            print(f"not ok: {name}")
            sys.stdout.writelines(difflib.unified_diff(
                want.splitlines(True), got.splitlines(True), name + ".txt", "now"))
    for name in os.listdir(os.path.join(HERE, "cli")):
        if name.endswith(".txt") and name[:-4] not in seen:
            print(f"not ok: {name} belongs to no case")
            failed += 1
    print(f"{len(seen)} outputs, {failed} failed")
    sys.exit(1 if failed else 0)


if __name__ == "__main__":
    main()
