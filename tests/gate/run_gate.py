#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""Tests of `memtrial gate`: every way in which a guest can end has its message and its exit code.

usage: run_gate.py MEMTRIAL [--kernels DIR] [--only WORD]...
                   {fake,real,suite,machine,own,twins,faults}...

fake   a script plays the guest: all ends, in seconds, without QEMU
real   boots kernels of DIR (see fetch-kernels): verdicts, and guests that really crash and hang
suite  runs every profile of the repository in them, on v2 and on v1: all PASS, or SKIP
own    boots the kernel that build-kernel makes for faults (DIR/own/fault-injection/bzImage, or
       --fault-kernel): what a suite demands, and a matrix of it and Debian's
twins  the rows of twins.tsv whose profile may not run on this machine: the named check of each FAILs
machine  all of profiles/machine, one after the other in one guest, in each shape of guest: PASS
       where it has what the profile needs, else SKIP
faults the same own kernel: each trial of profiles/faults counts its faults, each of its twins FAILs,
       and a killed supervisor leaves none

Exit codes: 0 all passed, 1 one failed, 77 nothing could be done here (no QEMU, no kernel).
"""
import argparse
import json
import os
import re
import shlex
import shutil
import subprocess
import sys
import tempfile
import time

HERE = os.path.dirname(os.path.abspath(__file__))
sys.path.insert(0, os.path.join(HERE, "..", "live"))
import run_twins  # noqa: E402
import suite_lib  # noqa: E402

PROFILES = os.path.join(HERE, "..", "..", "profiles")
SUITE = sorted(e.path for e in os.scandir(PROFILES) if e.is_dir() and
               e.name not in ("machine", "suites"))
TWINS = os.path.join(HERE, "..", "live", "twins.tsv")
FIRST = os.path.join(HERE, "profiles", "first.yaml")
FAULTS = os.path.join(PROFILES, "faults")
SLOW = os.path.join(FAULTS, "slow-disk.yaml")

# How a profile of faults/ says how many there were.
COUNTED = re.compile(r"faults\.\w+\.injected|\w+\.poisoned|vmstat\.nr_written")
# What cgroup v1 has no knob for, or does not count to the byte.
ONLY_V2 = {"frozen-under-load", "reclaim-bursts", "sweep-descriptors", "sweep-memory",
           "sweep-objects"}

# Profiles that run on v1, which has not all of their numbers.
V1_LACKS = {"accounting/kernel-stacks", "reclaim/efficiency"}

# What happens (fake-qemu): exit code, what must be said, deadline in s, more options.
FAKE = {
    "finish": (0, r"first +PASS", 10, []),
    "no_power_off": (0, r"first +PASS", 15, []),
    "panic": (1, r"panicked while first ran \(settle: settling\): Kernel panic - not syncing: Fatal",
              10, []),
    "panic_stays": (1, r"panicked while first ran", 15, []),
    "panic_early": (3, r"panicked while it booted: Kernel panic - not syncing: VFS", 10, []),
    "reset": (1, r"reset or switched off while first ran", 10, []),
    "silent": (1, r"the guest hangs: it said nothing for 2 s while first ran", 10,
               ["--silence", "2s"]),
    "chatty": (1, r"the guest hangs: it said nothing for 2 s while first ran", 10,
               ["--silence", "2s"]),
    "silent_boot": (3, r"its first process never did.*RIP: 0010:clocksource_select", 15, ["--silence", "2s"]),
    "no_output": (3, r"the kernel never came up: no line of it on the console in 2", 10,
                  ["--silence", "2s"]),
    "endless": (3, r"the suite was not over after 2 s, while first ran", 10, ["--timeout", "2s"]),
    "cut": (1, r"while first ran .*in the middle of a result", 10, []),
    "no_json": (3, r"what the guest sent makes no sense: result 0", 10, []),
    "garbage": (3, r"what the guest sent makes no sense", 10, []),
    "gives_up": (3, r"no memory controller \(CONFIG_MEMCG", 10, []),
    "lacks": (1, r"/proc/config.gz lacks what the suite x demands: CONFIG_FAILSLAB=y", 10, []),
    "dies": (3, r"killed by signal 11 in the guest", 15, []),
    "too_few": (3, r"only 0 of 1 results came", 15, []),
    "fails": (3, r"QEMU failed while it booted: .*bad magic", 10, []),
    # The emulator's own fault, as long as no trial has begun: three starts, each told.
    "crashes": (3, r"started again, 1 of 2.*started again, 2 of 2.*QEMU failed while it booted: killed by "
                   r"signal 11", 10, []),
    "crashes_once": (0, r"failed before the guest was up \(killed by signal 11.*started again, 1 of 2.*first +PASS",
                     15, []),
    "crashes_late": (3, r"\A(?!.*started again).*QEMU failed while first ran.*: killed by signal 11", 10, []),
    "stale": (3, r"started again, 1 of 2.*started again, 2 of 2.*panicked while it booted.*int3 that is not in "
                 r"memory, which emulated CPUs do", 10, []),
    "stale_once": (0, r"before the guest was up \(a CPU ran an int3 that is not in memory\): started again, 1 of 2"
                      r".*first +PASS", 15, []),
    "stale_late": (3, r"\A(?!.*started again).*panicked while first ran.*int3 that is not in memory", 10, []),
    "int3": (3, r"\A(?!.*started again)(?!.*not in memory).*panicked while it booted", 10, []),
    "killed": (3, r"QEMU failed while first ran.*: killed by signal 9 \(Killed\)", 10, []),
}


# Guests for trials that exhaust them: small, as emulated CPUs touch 256 MiB a second. What of the
# shapes' own needs each has, and which memory and options it is made with.
MACHINE = os.path.join(PROFILES, "machine")
SHAPES = {
    "plain": ({"no-swap", "one-node"}, "512M", []),
    "swap": ({"swap", "one-node"}, "512M", ["--swap", "64M"]),
    "nodes": ({"no-swap", "numa2"}, "1G", ["--numa", "2"]),
}
SHAPED = {"swap", "no-swap", "numa2", "one-node"}


class Failure(Exception):
    pass


def run(argv, limit, env=None):
    """Exit code and all that was said; the gate itself must never hang."""
    begin = time.monotonic()
    try:
        p = subprocess.run(argv, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, timeout=limit,
                           env={**os.environ, **(env or {})}, check=False)
    except subprocess.TimeoutExpired as e:
        raise Failure(f"did not end within {limit} s: {' '.join(argv)}\n"
                      f"{(e.stdout or b'').decode(errors='replace')}") from e
    return p.returncode, p.stdout.decode(errors="replace"), time.monotonic() - begin


def flat(text):
    """Reports are broken into lines to fit a terminal."""
    return re.sub(r"\s+", " ", text)


def telling(said):
    """A report without the trials that passed or were skipped: who reads a log of CI sees its end."""
    blocks = (b for b in said.split("\n\n")
              if not re.match(r"\S+ +(PASS|SKIP)\b[^\n]*\n  ", b))
    return re.sub(r"^\S+ +(PASS|SKIP)\b.*\n(    .*\n)*", "", "\n\n".join(blocks), flags=re.M)


def want(code, pattern, got, said):
    if got != code:
        raise Failure(f"exit code {got}, expected {code}\n{telling(said)}")
    if not re.search(pattern, flat(said)):
        raise Failure(f"nothing said of /{pattern}/\n{telling(said)}")


class Tests:
    def __init__(self, memtrial, kernels, fault_kernel, tmp, only):
        self.memtrial, self.kernels, self.tmp, self.only = memtrial, kernels, tmp, only
        self.fault_kernel = fault_kernel
        self.passed = self.failed = 0

    def path(self, name):
        return os.path.join(self.tmp, name)

    def test(self, name, function, *args):
        if self.only and not any(word in name for word in self.only):
            return
        begin = time.monotonic()
        try:
            function(*args)
            self.passed += 1
            print(f"ok   {name} ({time.monotonic() - begin:.1f} s)", flush=True)
        except Failure as e:
            self.failed += 1
            print(f"FAIL {name}: {e}", flush=True)

    # --- fake guests -----------------------------------------------------------------------

    def fake_kernel(self):
        """The head of a bzImage, as far as the gate looks at it."""
        path = self.path("bzImage")
        head = bytearray(4096)
        head[0x202:0x206] = b"HdrS"
        head[0x20E:0x210] = (0x300).to_bytes(2, "little")
        head[0x500:0x508] = b"9.9.9 x\0"
        with open(path, "wb") as f:
            f.write(head)
        return path

    def fake_gate(self, what, *args):
        env = {"FAKE_GUEST": what, "FAKE_RESULT": self.path("result.json")}
        return [self.memtrial, "gate", "--kernel", self.fake_kernel(), "--accel", "tcg", "--disk",
                "0", "--qemu", os.path.join(HERE, "fake-qemu"), *args, FIRST], env

    def make_result(self):
        """A judged record: a plan of this machine that is skipped needs no right to make."""
        r = subprocess.run([self.memtrial, "run", "--save", self.path("result.json"), FIRST],
                           stdout=subprocess.PIPE, stderr=subprocess.STDOUT, check=False)
        if not os.path.exists(self.path("result.json")):
            raise Failure(r.stdout.decode())
        with open(self.path("result.json"), encoding="utf-8") as f:
            result = json.load(f)
        verdict = result["trials"][0]["verdict"]
        return "PASS" if verdict == "PASS" else verdict

    def one_fake(self, what):
        code, pattern, limit, args = FAKE[what]
        argv, env = self.fake_gate(what, *args)
        got, said, took = run(argv, limit + 20, env)
        if code == 0 and self.own != "PASS":
            code, pattern = (4, r"first +SKIP") if self.own == "SKIP" else (1, r"first")
        want(code, pattern, got, said)
        if took > limit:
            raise Failure(f"took {took:.1f} s, expected less than {limit} s")

    def crash_formats(self):
        """A crash is in KTAP and in the saved result, with the trial that was running."""
        argv, env = self.fake_gate("panic", "--format", "ktap", "--save", self.path("crash.json"),
                                   "--console", self.path("console"))
        got, said, _ = run(argv, 20, env)
        want(1, r"not ok 1 .*first", got, said)
        with open(self.path("crash.json"), encoding="utf-8") as f:
            trial = json.load(f)["trials"][0]
        if trial["verdict"] != "FAIL" or "panicked" not in json.dumps(trial):
            raise Failure(f"saved as {trial['verdict']}")
        with open(self.path("console"), encoding="utf-8") as f:
            if "Fatal exception" not in f.read():
                raise Failure("the console was not kept")
        got, said, _ = run([self.memtrial, "report", self.path("crash.json")], 20)
        want(0, r"first FAIL", got, said)

    def interrupted(self):
        """Ctrl-C ends the guest and the gate, at once, and is not a verdict."""
        argv, env = self.fake_gate("silent")
        p = subprocess.Popen(argv, stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
                             env={**os.environ, **env})
        time.sleep(2)
        p.send_signal(2)
        try:
            said = p.communicate(timeout=10)[0].decode()
        except subprocess.TimeoutExpired:
            p.kill()
            raise Failure("does not end at SIGINT") from None
        want(130, r"interrupted while first ran", p.returncode, said)

    def bad_options(self):
        kernel = self.fake_kernel()
        for args, pattern in (
                (["--kernel", "/nonexistent"], r"cannot read the kernel"),
                (["--kernel", FIRST], r"is no kernel"),
                (["--kernel", kernel, "--memory", "1M"], r"--memory: 1M is out of range"),
                (["--kernel", kernel, "--cgroup", "v3"], r"--cgroup: \"v3\""),
                (["--kernel", kernel, "--profiles", PROFILES, "--suite", "soak"],
                 r"goes round and round: --rounds N"),
                (["--kernel", kernel, "--rounds", "0"], r"--rounds: 0 is out of range"),
                (["--kernel", kernel, "--swap", "x"], r"--swap: \"x\""),
                (["--kernel", kernel, "--disk-rate", "8M"], r"--disk-rate: \"8M\""),
                (["--kernel", kernel, "--modules", "/proc/self/fdinfo"], r"holds no kernel modules"),
                ([], r"which kernel")):
            got, said, _ = run([self.memtrial, "gate", *args, FIRST], 20)
            want(2, pattern, got, said)

    def config_beside(self, kernel, *lines):
        """Where the gate looks for the config of fake_kernel()."""
        path = os.path.join(os.path.dirname(kernel), "config-9.9.9")
        with open(path, "w", encoding="utf-8") as f:
            f.writelines(line + "\n" for line in lines)
        return path

    def suite_file(self, *lines):
        path = self.path("demands.suite")
        with open(path, "w", encoding="utf-8") as f:
            f.writelines(line + "\n" for line in ("summary: demands", "tags: [ci]", *lines))
        return path

    def config_lacks(self):
        """What a suite demands is looked up beside the kernel, and nothing is booted."""
        suite = self.suite_file("requires-config: [CONFIG_MEMCG=y, CONFIG_FAILSLAB=y]")
        argv, env = self.fake_gate("finish", "--suite", suite, "--format", "ktap")
        config = self.config_beside(argv[3], "CONFIG_MEMCG=y", "# CONFIG_FAILSLAB is not set")
        try:
            got, said, took = run(argv, 20, env)
            want(1, r"config-9.9.9 lacks what the suite \S+ demands: CONFIG_FAILSLAB=y \(not set\)",
                 got, said)
            want(1, r"1\.\.2 .*# SKIP not run: its kernel lacks what the suite demands.*not ok 2 guest",
                 got, said)
            self.config_beside(argv[3], "CONFIG_MEMCG=y", "CONFIG_FAILSLAB=y")
            got, said, _ = run(argv, 20, env)
            if re.search("lacks what", said):
                raise Failure(f"a config that has it all is refused\n{said}")
        finally:
            os.unlink(config)

    def again(self):
        """The line for a bug report has all that matters, the seed too, and a shell takes it."""
        argv, env = self.fake_gate("finish", "--format", "json", "--save", self.path("a.json"),
                                   "--append", "quiet a='b c'", "--set", "limit=64M")
        with open(self.path("first's.yaml"), "w", encoding="utf-8") as f, \
                open(FIRST, encoding="utf-8") as first:
            f.write(re.sub("^params:.*$", "", first.read(), flags=re.M) + "params: { limit: 1M }\n")
        argv[-1] = self.path("first's.yaml")
        _, said, _ = run(argv, 20, env)
        line = said.splitlines()[-1]
        if not line.startswith("memtrial: run again: memtrial gate "):
            raise Failure(f"the last line is not it\n{said}")
        words = shlex.split(line[len("memtrial: run again: "):])
        for word in ("--kernel", "--append", "quiet a='b c'", "limit=64M", argv[-1], "--accel",
                     "--disk", "--seed", "--qemu"):
            if word not in words:
                raise Failure(f"{word} is not in: {line}")
        if "--save" in words or "--format" in words:
            raise Failure(f"says how it is told: {line}")
        words[0] = self.memtrial
        _, said, _ = run(words, 20, env)
        if shlex.split(said[said.index("run again: "):].splitlines()[0])[2:] != ["memtrial"] + words[1:]:
            raise Failure(f"another line the second time: {line}\n{said}")

    def matrix_file(self, *kernels):
        path = self.path("some.matrix")
        with open(path, "w", encoding="utf-8") as f:
            f.write("summary: fakes\nkernels:\n")
            for name in kernels:
                f.write(f"  {name}: {{ kernel: bzIm* }}\n")
            f.write("shapes: { tiny: { disk: 0 } }\n")
        return path

    def fake_matrix(self):
        """A column a kernel; a guest that crashes is one cell, the worst one decides."""
        argv, env = self.fake_gate("panic")
        matrix = self.matrix_file("a", "b")
        out = self.path("cells")
        args = ["--accel", "tcg", "--qemu", os.path.join(HERE, "fake-qemu"), "--matrix", matrix]
        got, said, _ = run([self.memtrial, "gate", *args, "--save", out, FIRST], 40, env)
        want(1, r"trial +a +b.*FAIL +FAIL.*a: \S*first: FAIL: the guest's kernel panicked.*"
                r"run again: memtrial gate .*--matrix \S+some.matrix", got, said)
        for cell in ("a", "b"):
            with open(os.path.join(out, cell + ".json"), encoding="utf-8") as f:
                if json.load(f)["trials"][0]["verdict"] != "FAIL":
                    raise Failure(f"cell {cell} is not saved")
            if "Fatal exception" not in open(os.path.join(out, cell + ".console"),
                                             encoding="utf-8").read():
                raise Failure(f"the console of {cell} is not kept")
        env["FAKE_GUEST"] = "finish"
        got, said, _ = run([self.memtrial, "gate", *args, FIRST], 40, env)
        want({"PASS": 0, "SKIP": 4}.get(self.own, 1), rf"{self.own} +{self.own}", got, said)

    def soak(self):
        """Results that are there count without a guest: an alarm ends it with 1, and is told."""
        where, kernels = self.path("soak"), self.path("soak-kernels")
        for name in (where, os.path.join(kernels, "own", "mglru")):
            os.makedirs(name)
        open(os.path.join(kernels, "own", "mglru", "bzImage"), "w", encoding="utf-8").close()
        argv = [os.path.join(HERE, "soak"), "--runs", "1", "--only", "mglru", "--kernels", kernels,
                "--save", where, "/nonexistent"]
        with open(self.path("result.json"), encoding="utf-8") as f:
            saved = json.load(f)
        for verdict, code in (("PASS", 0), ("FAIL", 1), ("BROKEN", 1)):
            saved["trials"][0]["verdict"] = verdict
            with open(os.path.join(where, "mglru-1-2cpu-512M-swap.json"), "w", encoding="utf-8") as f:
                json.dump(saved, f)
            want(code, rf"1 {verdict}", *run(argv, 20)[:2])
            with open(os.path.join(where, "SOAK.md"), encoding="utf-8") as f:
                want(1, rf"1 runs, {code} false alarms", 1, f.read())

    def fake(self):
        self.own = self.make_result()
        self.test("fake/config lacks", self.config_lacks)
        self.test("fake/again", self.again)
        self.test("fake/matrix", self.fake_matrix)
        self.test("fake/soak", self.soak)
        for what in FAKE:
            self.test(f"fake/{what}", self.one_fake, what)
        self.test("fake/formats", self.crash_formats)
        self.test("fake/interrupted", self.interrupted)
        self.test("fake/options", self.bad_options)

    # --- real guests -----------------------------------------------------------------------

    def real_gate(self, series, *args, memory="1G"):
        _, kernel, modules = self.kernels[series]
        return [self.memtrial, "gate", "--kernel", kernel, "--modules", modules, "--memory", memory,
                *args]

    def one_real(self, series, code, pattern, args, limit=240, memory="1G"):
        argv = self.real_gate(series, "--console", self.path("console"), *args, memory=memory)
        got, said, _ = run(argv, limit)
        want(code, pattern, got, said)

    def garbage_kernel(self, series):
        """The set-up code of a kernel, and nothing behind it: it jumps into the void."""
        path = self.path("garbage")
        with open(self.kernels[series][1], "rb") as f:
            kernel = f.read()
        with open(path, "wb") as f:
            f.write(kernel[:0x8000] + b"\xf4" * (len(kernel) - 0x8000))
        got, said, _ = run([self.memtrial, "gate", "--accel", "tcg", "--silence", "10s", "--kernel",
                            path, FIRST], 120)
        want(3, r"the kernel never came up: no line of it on the console in \d", got, said)

    def crash_junit(self, series, crash):
        """What a CI system shows of a guest that really crashed: well-formed, and a failure."""
        report, told = self.path("crash.xml"), os.path.join(HERE, "..", "golden", "report")
        got, said, _ = run(self.real_gate(series, "--format", "junit", "--output", report, crash), 240)
        want(1, "", got, said)
        for argv in (["xmllint", "--noout", "--schema", os.path.join(told, "junit.xsd"), report],
                     ["python3", os.path.join(told, "validate_junit.py"), report]):
            want(0, "", *run(argv, 20)[:2])
        with open(report, encoding="utf-8") as f:
            want(1, r'<testsuites [^>]*failures="1".*<failure message="[^"]*panicked while .*crash.* ran',
                 1, f.read())

    def config_nowhere(self, series):
        """Neither beside the kernel nor in the guest: whether it has what is demanded is not known."""
        _, kernel, modules = self.kernels[series]
        alone = shutil.copy(kernel, self.path("bzImage"))
        got, said, _ = run([self.memtrial, "gate", "--kernel", alone, "--modules", modules, "--memory",
                            "1G", "--profiles", PROFILES, "--suite", "faults"], 240)
        want(3, r"this kernel's config is nowhere: /proc/config.gz \(CONFIG_IKCONFIG_PROC\), "
                r"/boot/config-6", got, said)

    def leak(self, series):
        """What each of 18 rounds leaves in memory is lost: the soak says so, and what it was."""
        got, said, _ = run(self.real_gate(series, "--rounds", "18", "-q",
                                          os.path.join(HERE, "profiles", "leak.yaml")), 400)
        want(1, r"soak +FAIL.*Shmem grew in both halves of the soak", got, said)

    def real(self):
        crash = os.path.join(HERE, "profiles", "crash.yaml")
        hang = os.path.join(HERE, "profiles", "hang.yaml")

        for series in self.kernels:
            self.test(f"real/{series} v2", self.one_real, series, 0,
                      r"first +PASS.*cgroup v2", [FIRST])
        first = next(iter(self.kernels))
        last = list(self.kernels)[-1]
        self.test("real/v1", self.one_real, first, 0, r"first +PASS.*cgroup v1",
                  ["--cgroup", "v1", FIRST])
        self.test("real/swap, zram, nodes", self.one_real, last, 0, r"first +PASS",
                  ["--swap", "zram:64M", "--numa", "2", "--disk", "64M", FIRST])
        for rate, code, pattern in (("8M/s", 0, r"slow-disk +PASS"),
                                    ("9M/s", 4, r"slow-disk +SKIP.* --disk-rate of 8M or less")):
            self.test(f"real/disk-rate {rate}", self.one_real, last, code, pattern,
                      ["--disk-rate", rate, SLOW])
        for cgroup, series in (("v2", last), ("v1", first)):
            self.test(f"real/capacity {cgroup}", self.one_real, series, 0, r"capacity +PASS",
                      ["--cgroup", cgroup, os.path.join(HERE, "profiles", "capacity.yaml")])
        self.test("real/capacity beside", self.one_real, last, 0, r"capacity-beside +PASS",
                  [os.path.join(HERE, "profiles", "capacity-beside.yaml")])
        self.test("real/slice", self.one_real, last, 0, r"slice +PASS",
                  [os.path.join(HERE, "profiles", "slice.yaml"), os.path.join(PROFILES, "container")])
        self.test("real/watch", self.one_real, last, 0, r"watch +PASS",
                  [os.path.join(HERE, "profiles", "watch.yaml")])
        self.test("real/no memcg", self.one_real, last, 3,
                  r"this kernel has no memory controller",
                  ["--append", "cgroup_disable=memory", FIRST])
        self.test("real/panic", self.one_real, last, 1,
                  r"panicked while .*crash.* ran .*sysrq triggered crash", [crash])
        self.test("real/junit of a crash", self.crash_junit, last, crash)
        self.test("real/config nowhere", self.config_nowhere, last)
        self.test("real/a soak finds a leak", self.leak, last)
        self.test("real/panic on OOM", self.one_real, last, 1,
                  r"panicked while .*panic-on-oom.* ran .*Out of memory: .*panic_on_oom",
                  [os.path.join(HERE, "profiles", "panic-on-oom.yaml")], 240, "512M")
        self.test("real/hang", self.one_real, last, 1, r"the guest hangs: it said nothing for 10 s.*NMI",
                  ["--silence", "10s", hang])
        self.test("real/garbage kernel", self.garbage_kernel, last)

    def one_suite(self, series, cgroup):
        argv = self.real_gate(series, "--cgroup", cgroup, "--swap", "512M", "--console",
                              self.path("console"), *SUITE,
                              memory="2G")  # what a profile of the suite may ask for
        got, said, _ = run(argv, 800)
        want(0, r"trials: \d+ passed(, \d+ skipped)? in", got, said)
        print("\n".join(line for line in said.splitlines() if " trials: " in line))

    def suite(self):
        for series in self.kernels:
            for cgroup in ("v2", "v1"):
                self.test(f"suite/{series}/{cgroup}", self.one_suite, series, cgroup)

    def one_machine(self, series, cgroup, shape):
        """In a row: a guest must be as good as new after each. Wrong shapes are skipped."""
        has, memory, options = SHAPES[shape]
        binary, *args = self.real_gate(series, "--cgroup", cgroup, "--console",
                                       self.path("console"), *options, MACHINE, memory=memory)
        try:
            code, trials, said = suite_lib.run(binary, *args)
        except subprocess.TimeoutExpired as e:
            raise Failure(str(e)) from e
        names = [f[:-len(".yaml")] for f in os.listdir(MACHINE)]
        got = {os.path.basename(t.name): t for t in trials}
        faults = [f"exit code {code}"] if code else []
        for name in sorted(names):
            fits = shape_of(os.path.join(MACHINE, name + ".yaml")) <= has
            expected, trial = "PASS" if fits else "SKIP", got.get(name)
            if trial is None or trial.verdict != expected:
                faults.append(f"{name}: {trial.verdict + ': ' + trial.why if trial else 'no result'}"
                              f", expected {expected}")
        if faults:
            raise Failure("\n  ".join([f"{len(faults)} faults", *faults, said.strip()]))

    def machine(self):
        for series in self.kernels:
            for cgroup in ("v2", "v1"):
                for shape in SHAPES:
                    self.test(f"machine/{series}/{cgroup}/{shape}", self.one_machine, series,
                              cgroup, shape)

    # --- kernels that build-kernel makes -----------------------------------------------------

    def demands(self, kernel, code, pattern):
        argv = [self.memtrial, "gate", "--kernel", kernel, "--memory", "1G", "--suite",
                os.path.join(PROFILES, "suites", "faults.suite"), FIRST]
        got, said, _ = run(argv, 240)
        want(code, pattern, got, said)

    def guest_demands(self, kernel):
        """Without its config beside it the guest's own is looked at."""
        alone = self.path("alone")
        shutil.copyfile(kernel, alone)
        suite = self.suite_file("requires-config: [CONFIG_MEMCG=y, CONFIG_NO_SUCH=y]")
        got, said, _ = run([self.memtrial, "gate", "--kernel", alone, "--suite", suite, FIRST], 240)
        want(1, r"config.gz lacks what the suite \S+ demands: CONFIG_NO_SUCH=y \(not set\)", got, said)

    def again_real(self, kernel):
        """The line at the end makes the same trial again: seed, kernel, command line of it."""
        runs = []
        words = [self.memtrial, "gate", "--kernel", kernel, "--memory", "1G", "--append", "quiet",
                 "--cpus", "1", FIRST]
        for name in ("one.json", "two.json"):
            got, said, _ = run([*words, "--save", self.path(name)], 240)
            want(0, r"first +PASS", got, said)
            line = next(l for l in said.splitlines() if l.startswith("run again: "))
            with open(self.path(name), encoding="utf-8") as f:
                trial = json.load(f)["trials"][0]
            runs.append((line, trial["seed"], trial["cpus"]))
            words = [self.memtrial, *shlex.split(line[len("run again: memtrial "):])]
        if runs[0] != runs[1]:
            raise Failure(f"not the same again: {runs}")

    def real_matrix(self, kernel):
        """What one kernel has and the other lacks is seen in its column."""
        debian = list(self.kernels.values())[-1][1]
        path = self.path("real.matrix")
        with open(path, "w", encoding="utf-8") as f:
            f.write(f"summary: two kernels\nprofiles: {FIRST}\nkernels:\n"
                    f"  debian: {{ kernel: {debian} }}\n  own: {{ kernel: {kernel} }}\n"
                    "shapes: { small: { memory: 1G, cpus: 2 } }\n")
        got, said, _ = run([self.memtrial, "gate", "--matrix", path], 300)
        want(0, r"trial +debian +own \S*first +PASS +PASS", got, said)

    def zswap(self, kernel):
        """Debian's cloud kernels have none: the profiles that need it pass, their twins FAIL."""
        argv = [self.memtrial, "gate", "--kernel", kernel, "--memory", "1G", "--swap", "512M",
                "--append", "zswap.enabled=1", "--console", self.path("console")]
        found = [os.path.join(d, f) for d, _, files in os.walk(PROFILES) for f in files
                 if f.endswith(".yaml") and needs(os.path.join(d, f), "zswap")]
        got, said, _ = run([*argv, *found], 240)
        want(0, rf"{len(found)} trials?: {len(found)} passed", got, said)
        where = self.path("twins-zswap")
        self.run_twins(self.make_twins(where, lambda source: needs(source, "zswap")), *argv, where)

    def own(self, kernel):
        self.test("own/has what faults demand", self.demands, kernel, 0, r"first +PASS")
        self.test("own/Debian's has not", self.demands, list(self.kernels.values())[-1][1], 1,
                  r"demands: CONFIG_\S+=y .*CONFIG_FAILSLAB=y \(not set\)")
        self.test("own/guest says what it lacks", self.guest_demands, kernel)
        self.test("own/zswap", self.zswap, kernel)
        self.test("own/again", self.again_real, kernel)
        self.test("own/matrix", self.real_matrix, kernel)

    # --- falsified profiles ----------------------------------------------------------------

    def make_twins(self, where, wanted):
        """Writes a falsified copy for each row of a profile that is wanted; returns name: (row,
        metric, phase)."""
        os.mkdir(where)
        twins = {}
        for number, (profile, old, new, metric, phase) in run_twins.rows_of(TWINS):
            source = os.path.join(PROFILES, profile + ".yaml")
            if not wanted(source):
                continue
            name = f"{os.path.basename(profile)}-{number}"
            twin = os.path.join(where, name + ".yaml")
            shutil.copyfile(source, twin)
            fault = run_twins.falsify(twin, old, new)
            if fault:
                raise Failure(f"{TWINS}:{number}: {fault}")
            twins[name] = (f"twins.tsv:{number}: {profile}", metric, phase)
        return twins

    def one_twins(self, series, name, wanted, memory, options):
        where = self.path(f"twins-{series}-{name}")
        twins = self.make_twins(where, wanted)
        self.run_twins(twins, *self.real_gate(series, "--console", self.path("console"), *options,
                                              where, memory=memory))

    def run_twins(self, twins, binary, *args):
        if not twins:
            raise Failure("no row of such a profile")
        try:
            code, trials, said = suite_lib.run(binary, *args)
        except subprocess.TimeoutExpired as e:
            raise Failure(str(e)) from e
        got = {t.name: t for t in trials}
        faults = [f"{name}: not one of the twins" for name in got if name not in twins]
        for name, (row, metric, phase) in twins.items():
            wrong = judge_twin(got.get(name), code, metric, phase)
            print(f"     {'not ok' if wrong else 'ok'} {row}: {metric} in {phase}")
            faults += [f"{row}: {w}" for w in wrong]
        if faults:
            raise Failure("\n  ".join([f"{len(faults)} faults", *faults, said.strip()]))

    def twins(self):
        for series in self.kernels:
            for name, wanted, memory, options in twin_guests():
                self.test(f"twins/{series}/{name}", self.one_twins, series, name, wanted, memory,
                          options)

    # --- a kernel with fault injection -----------------------------------------------------

    def fault_gate(self, *args):
        return [self.memtrial, "gate", "--kernel", self.fault_kernel, "--memory", "1G", "--console",
                self.path("console"), *args]

    def counted(self, cgroup):
        """Every trial that runs shows a number of faults that were injected."""
        code, trials, said = suite_lib.run(
            *self.fault_gate("--cgroup", cgroup, "--swap", "512M", FAULTS))
        skipped = {"slow-disk"} | (ONLY_V2 if cgroup == "v1" else set())
        wrong = [] if code == 0 and trials else [f"exit code {code}"]
        for t in trials:
            name = os.path.basename(t.name)
            counts = {c.name: c.value for c in t.checks if COUNTED.fullmatch(c.name)}
            print(f"     {t.verdict} {name}: "
                  f"{', '.join(f'{k} = {v}' for k, v in counts.items())}")
            if t.verdict != ("SKIP" if name in skipped else "PASS"):
                wrong.append(f"{name} is {t.verdict}: {t.why}")
            elif t.verdict == "PASS" and not any(isinstance(v, int) and v > 0
                                                for v in counts.values()):
                wrong.append(f"{name} counts no fault: {counts}")
        if wrong:
            raise Failure("\n  ".join([*wrong, said.strip()]))

    def fault_twins(self):
        where = self.path("twins-faults")
        twins = self.make_twins(where, lambda source: os.path.dirname(source) == FAULTS
                                and source != SLOW)
        self.run_twins(twins, *self.fault_gate("--swap", "512M", where))

    def slow_disk_twins(self):
        where = self.path("twins-slow-disk")
        twins = self.make_twins(where, lambda source: source == SLOW)
        self.run_twins(twins, *self.fault_gate("--disk-rate", "8M/s", where))

    def killed(self):
        """The script travels in comments of a profile, which runs it in the guest."""
        profile = self.path("kill-armed.yaml")
        with open(os.path.join(HERE, "kill-armed"), encoding="utf-8") as f:
            script = f.read().expandtabs(4)
        with open(os.path.join(HERE, "profiles", "kill-armed.yaml"), encoding="utf-8") as f:
            head = f.read().replace("@PROFILE@", "/trials" + os.path.realpath(profile))
        with open(profile, "w", encoding="utf-8") as f:
            f.write(head + "".join(f"#|{line}\n" for line in script.splitlines()))
        got, said, _ = run(self.fault_gate(profile), 240)
        want(0, r"kill-armed +PASS", got, said)

    def faults(self):
        for cgroup in ("v2", "v1"):
            self.test(f"faults/counted {cgroup}", self.counted, cgroup)
        self.test("faults/twins", self.fault_twins)
        self.test("faults/slow disk twins", self.slow_disk_twins)
        self.test("faults/killed", self.killed)


def needs_of(path):
    with open(path, encoding="utf-8") as f:
        line = re.search(r"^needs: *\[(.*?)\]", f.read(), re.M)
    return set(re.split(r", *", line[1])) if line else set()


def needs(path, *words):
    """Whether the profile says that it needs one of them."""
    return bool(needs_of(path) & set(words))


def shape_of(path):
    return needs_of(path) & SHAPED


def first_shape(path):
    """The first shape of a guest that has all that the profile needs."""
    return next((name for name, (has, _, _) in SHAPES.items() if shape_of(path) <= has), None)


def twin_guests():
    """The guests in which twins run: name, which profiles, memory, options."""
    # The kernel that still has v1 is the one with classic lists, too.
    yield ("v1", lambda p: needs(p, "cgroup-v1") or needs(p, "classic-lru") and needs(p, "whole-machine"),
           "1G", ["--swap", "512M", "--cgroup", "v1"])
    yield ("classic", lambda p: needs_of(p) >= {"cgroup-v2", "classic-lru"}, "1G", [])
    for name, numa in (("v2", False), ("v2 numa", True)):
        yield (name, lambda p, numa=numa: os.path.dirname(p) not in (MACHINE, FAULTS) and
               not needs(p, "zswap", "cgroup-v1", "classic-lru") and needs(p, "numa2") == numa and
               (needs(p, "cgroup-v2", "swap", "zero-page", "oom-exempt", "whole-machine", "numa2") or
                os.path.relpath(p, PROFILES)[:-len(".yaml")] in V1_LACKS),
               "1G", ["--swap", "512M", "--numa", "2" if numa else "1"])
    for name, (_, memory, options) in SHAPES.items():
        yield (f"v2 machine {name}", lambda p, name=name: os.path.dirname(p) == MACHINE and
               first_shape(p) == name, memory, options)


def judge_twin(trial, code, metric, phase):
    """What is wrong with it; one that was skipped, or never ran, shows nothing."""
    if trial is None:
        return ["no result"]
    if trial.verdict != "FAIL":
        return [f"the trial is {trial.verdict}: {trial.why}"]
    return run_twins.judge(code, [trial], "", metric, phase)[0]


def find_kernels(directory):
    if not directory or not shutil.which("qemu-system-x86_64"):
        return {}
    p = subprocess.run([os.path.join(HERE, "fetch-kernels"), directory], stdout=subprocess.PIPE,
                       check=False)
    rows = [line.split("\t") for line in p.stdout.decode().splitlines()]
    return {row[0]: row for row in rows if len(row) == 3}


def find_fault_kernel(directory):
    path = os.path.join(directory or "", "own", "fault-injection", "bzImage")
    return path if directory and os.path.exists(path) else None


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("memtrial")
    parser.add_argument("parts", nargs="+",
                        choices=["fake", "real", "suite", "machine", "own", "twins", "faults"])
    parser.add_argument("--kernels", default=os.environ.get("MEMTRIAL_KERNELS"))
    parser.add_argument("--fault-kernel")
    parser.add_argument("--only", action="append", default=[])
    args = parser.parse_args()

    with tempfile.TemporaryDirectory(prefix="memtrial-gate-") as tmp:
        kernels = find_kernels(args.kernels) if set(args.parts) - {"fake", "faults"} else {}
        fault_kernel = args.fault_kernel or find_fault_kernel(args.kernels)
        t = Tests(os.path.abspath(args.memtrial), kernels, fault_kernel, tmp, args.only)
        if "fake" in args.parts:
            t.fake()
        if "real" in args.parts and kernels:
            t.real()
        if "suite" in args.parts and kernels:
            t.suite()
        if "machine" in args.parts and kernels:
            t.machine()
        if "own" in args.parts and kernels and fault_kernel:
            t.own(fault_kernel)
        if "twins" in args.parts and kernels:
            t.twins()
        if "faults" in args.parts and fault_kernel and shutil.which("qemu-system-x86_64"):
            t.faults()
    print(f"{t.passed} passed, {t.failed} failed")
    if t.failed:
        return 1
    return 0 if t.passed else 77


if __name__ == "__main__":
    sys.exit(main())
