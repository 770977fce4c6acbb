#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""Tests of `memtrial gate --capacity`: what a kernel needs is found in a guest, and brought back.

usage: run_capacity.py MEMTRIAL [--kernels DIR] [--only WORD]... {fake,real}...

fake   a script plays the guest: every way in which there is an answer or none
real   boots kernels of DIR: a known need is found, a command gets its files along

Exit codes as run_gate.py.
"""
import argparse
import json
import os
import subprocess
import sys
import tempfile

import run_gate
from run_gate import HERE, PROFILES, Failure, run, want

MIB = 1 << 20
QUESTION = "limit --range 8M..128M -- dd if=/dev/zero of=/dev/null bs=32M count=1"
KNOWN = {"code": 0, "says": "32.5M ± 160K", "text": "dd needs 32.5M ± 160K\n  as a fake says\n",
         "capacity": {"question": "limit", "kernel": "9.9.9", "answer": {"sure": 0.99},
                      "n_probes": 11, "runtime_ns": 400000000, "runtime_noise": 0.02}}
NOT_FOUND = {**KNOWN, "code": 1, "says": "more than 128M", "text": "not even 128M is enough\n"}
FAILED = {"code": 2, "error": "dd fails without a limit too: it exited with 1"}

# Which guest: its answer, exit code, what must be said.
FAKE = {
    "found": ("answers", KNOWN, 0, r"on Linux 9.9.9: dd needs 32.5M ± 160K as a fake says"),
    "not found": ("answers", NOT_FOUND, 1, r"on Linux 9.9.9: not even 128M is enough"),
    "fails": ("answers", FAILED, 2, r"in the guest: dd fails without a limit too: it exited with 1; "
              r"it has there what it is linked to"),
    "no answer": ("too_few", None, 3, r"only 0 of 1 results came"),
    "no such answer": ("answers", {"code": 0}, 3, r"makes no sense: the answer has not what an answer"),
    "another result": ("answers", {"schema": "memtrial-run"}, 3, r"makes no sense: the answer has not"),
    "panic": ("panic", None, 1, r"panicked while first ran.*Fatal exception"),
    "silent": ("silent", None, 1, r"the guest hangs: it said nothing for 2 s"),
    "gives up": ("gives_up", None, 3, r"no memory controller"),
    "early panic": ("panic_early", None, 3, r"panicked while it booted"),
}

# Words of --capacity and options beside it that are wrong, and what is said before anything boots.
WRONG = (
    (["limits -- true"], r'no question "limits"'),
    (["limit"], r"wants -- COMMAND"),
    (["limit -- no-such-command"], r"no command no-such-command"),
    (["limit -- sh -c 'true"], r"a quote is not closed"),
    (["limit --rnage 1M..2M -- true"], r'unknown option --rnage; did you mean "--range"'),
    (["limit --state x -- true"], r"no place for --state in it: the guest and its files are gone"),
    (["limit --in / -- true"], r"no place for --in in it"),
    (["limit --format json -- true"], r"no place for --format in it"),
    (["limit --profile no/such"], r"no/such"),
    (["limit -- true", "limits/peak"], r"stands in place of profiles"),
    (["limit -- true", "--suite", "ci"], r"stands in place of profiles"),
    (["limit -- true", "--format", "ktap"], r"--format text or json, not ktap"),
    (["limit -- true", "--history", "x.db"], r"has no history"),
    (["limit -- true", "--save", "/no/such/file"], r"cannot write /no/such/file"),
)


class Tests(run_gate.Tests):
    def fake_gate(self, what, *args):
        return [self.memtrial, "gate", "--accel", "tcg", "--disk", "0", "--silence", "2s", "--qemu",
                os.path.join(HERE, "fake-qemu"), *args], {"FAKE_GUEST": what}

    def ask_fake(self, what, answer, *args):
        argv, env = self.fake_gate(what, *args)
        return run(argv, 30, {**env, "FAKE_ANSWER": json.dumps(answer)})[:2]

    def one_fake(self, name):
        what, answer, code, pattern = FAKE[name]
        kernel = ["--kernel", self.fake_kernel(), "--capacity", QUESTION]
        want(code, pattern, *self.ask_fake(what, answer, *kernel))

    def saved(self):
        """The answer alone is kept, as `capacity --format json` gives it, and printed as such."""
        kept = self.path("kept.json")
        argv = ["--kernel", self.fake_kernel(), "--capacity", QUESTION, "--save", kept, "-q"]
        want(0, r'"question": "limit"', *self.ask_fake("answers", KNOWN, *argv, "--format", "json"))
        with open(kept, encoding="utf-8") as f:
            if json.load(f) != KNOWN["capacity"]:
                raise Failure("another answer was kept")
        os.unlink(kept)
        want(2, "exited with 1", *self.ask_fake("answers", FAILED, *argv))
        if os.path.exists(kept):
            raise Failure("an answer was kept that never came")

    def fake_matrix(self):
        """A row a kernel; one without an answer is told, and decides the exit code."""
        self.fake_kernel()
        argv = ["--matrix", self.matrix_file("a", "b"), "--capacity", QUESTION, "-q"]
        want(0, r"cell +limit +sure +probes +without a limit +kernel +"
                r"a +32.5M ± 160K +99.0 % +11 +400ms ± 2 % +9.9.9 b +32.5M",
             *self.ask_fake("answers", KNOWN, *argv))
        want(1, r"a +more than 128M", *self.ask_fake("answers", NOT_FOUND, *argv))
        want(1, r"a +no answer: see above", *self.ask_fake("panic", None, *argv))
        want(2, r'unknown option --rnage', *self.ask_fake("answers", KNOWN, *argv[:2], "--capacity",
                                                         "limit --rnage 1M..2M -- true"))

    def wrong(self):
        for args, pattern in WRONG:
            got, said = self.ask_fake("answers", KNOWN, "--kernel", self.fake_kernel(), "--capacity", *args)
            want(2, pattern, got, said)
            if len(said.strip().splitlines()) != 1:
                raise Failure(f"more than one line of {args}: {said}")
        got, said, _ = run([self.memtrial, "gate", "--capacity", "limit -- true"], 20)
        want(2, r"which kernel", got, said)

    def fake(self):
        for name in FAKE:
            self.test(f"capacity/fake {name}", self.one_fake, name)
        self.test("capacity/saved", self.saved)
        self.test("capacity/fake matrix", self.fake_matrix)
        self.test("capacity/wrong", self.wrong)

    def ask_real(self, series, question, *args, cwd=None):
        argv = self.real_gate(series, "--format", "json", "-q", "--disk", "64M", *args, "--capacity", question)
        p = subprocess.run(argv, cwd=cwd, stdout=subprocess.PIPE, stderr=subprocess.PIPE, timeout=240,
                           check=False)
        if p.returncode:
            raise Failure(f"exit code {p.returncode}: {p.stderr.decode()}")
        return json.loads(p.stdout)

    def needs(self, series, question, mib, *args, cwd=None):
        """What is found there is so much, within 3 %."""
        found = self.ask_real(series, question, *args, cwd=cwd)
        answer = found["answer"]
        if answer["where"] != "within" or abs(answer["best"] / (mib * MIB) - 1) > 0.03:
            raise Failure(f"{answer}, expected {mib}M")
        if found["kernel"].split(".")[1] != series.split(".")[1]:
            raise Failure(f"answered by {found['kernel']}")

    def slowed(self, series):
        """Nobody is killed; 2 MiB above memory.high and more take 3 s, as the kernel lets it sleep."""
        found = self.ask_real(series, "limit --high --slo 'runtime <= 2s' --range 16M..64M --repeat 1 "
                                      "--resolution 10% -- dd if=/dev/zero of=/dev/null bs=32M count=1")
        answer = found["answer"]
        if answer["where"] != "within" or not 26 * MIB < answer["best"] < 34 * MIB:
            raise Failure(f"{answer}")
        outcomes = {p["outcome"] for p in found["probes"]}
        if not outcomes <= {"finished", "timeout"}:
            raise Failure(f"{outcomes}")

    def takes_along(self, series):
        """A script, its interpreter, what it runs and reads; the start-up of a shell is 0.5 MiB."""
        script = self.path("script")
        with open(script, "w", encoding="utf-8") as f:
            f.write("#!/usr/bin/env bash\ndd if=/dev/zero of=/dev/null bs=$(cat size) count=1\n")
        os.chmod(script, 0o755)
        with open(self.path("size"), "w", encoding="utf-8") as f:
            f.write("32M\n")
        self.needs(series, f"limit --range 30M..36M --repeat 1 --resolution 3% -- ./script size dd cat",
                   32.7, cwd=self.tmp)

    def lacks(self, series):
        """A compiler that is there without its parts: the end of the console says which."""
        question = "limit --range 8M..64M -- cc -x c -c /etc/hostname -o /dev/null"
        got, said, _ = run(self.real_gate(series, "--disk", "0", "--capacity", question), 240)
        want(2, r"in the guest: cc -x c -c .* exited with 1; it has there what it is linked to.*"
                r"cannot execute .*cc1", got, said)

    def real(self):
        last = list(self.kernels)[-1]
        first = next(iter(self.kernels))
        dd = "limit --range 30M..36M --repeat 1 --resolution 3% -- dd if=/dev/zero of=/dev/null bs=32M count=1"
        self.test("capacity/known need", self.needs, last, dd, 32.5)
        self.test("capacity/memory.high", self.slowed, last)
        self.test("capacity/on v1", self.needs, first, dd, 32.5, "--cgroup", "v1")
        hot = "limit --range 28M..40M --repeat 1 --resolution 3% --slo 'refault.rate <= 100/s' --profile hot-file"
        self.test("capacity/a profile's file", self.needs, last, f"{hot} --set hot=32M", 32.5, "--profiles",
                  os.path.join(run_gate.PROFILES, "capacity"))
        self.test("capacity/takes along", self.takes_along, last)
        self.test("capacity/lacks", self.lacks, last)


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("memtrial")
    parser.add_argument("parts", nargs="+", choices=["fake", "real"])
    parser.add_argument("--kernels", default=os.environ.get("MEMTRIAL_KERNELS"))
    parser.add_argument("--only", action="append", default=[])
    args = parser.parse_args()

    with tempfile.TemporaryDirectory(prefix="memtrial-capacity-") as tmp:
        kernels = run_gate.find_kernels(args.kernels) if "real" in args.parts else {}
        t = Tests(os.path.abspath(args.memtrial), kernels, None, tmp, args.only)
        if "fake" in args.parts:
            t.fake()
        if "real" in args.parts and kernels:
            t.real()
    print(f"{t.passed} passed, {t.failed} failed")
    if t.failed:
        return 1
    return 0 if t.passed else 77


if __name__ == "__main__":
    os.environ["MEMTRIAL_PROFILES"] = PROFILES  # whatever directory this runs in
    sys.exit(main())
