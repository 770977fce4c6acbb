# SPDX-License-Identifier: GPL-2.0-or-later
"""What the live tests share: run memtrial, watch it, and prove that it left nothing behind.

Owns: the binary's path, marked processes, what is left of a trial. No test of its own.
"""
import fcntl
import os
import pty
import re
import signal
import struct
import subprocess
import sys
import termios
import time
import unittest
import uuid

HERE = os.path.dirname(os.path.abspath(__file__))
PROFILES = os.path.join(HERE, "profiles")
STATE = "/run/memtrial"
SCRATCH = "/var/tmp"
NOBODY = 65534
BINARY = None
SKIPPED = 77  # ctest's SKIP_RETURN_CODE

PASS, FAIL, USAGE, BROKEN, SKIP = 0, 1, 2, 3, 4


def profile(name):
    return os.path.join(PROFILES, name + ".yaml")


def environment(mark=None):
    env = {k: v for k, v in os.environ.items() if not k.startswith("MEMTRIAL")}
    env["NO_COLOR"] = "1"
    env["TERM"] = "xterm-256color"
    env["MEMTRIAL_PROFILES"] = os.path.join(HERE, "..", "..", "profiles")
    if mark:
        env["MEMTRIAL_TEST_MARK"] = mark
    return env


def resize(terminal, columns, rows):
    fcntl.ioctl(terminal, termios.TIOCSWINSZ, struct.pack("HHHH", rows, columns, 0, 0))


def listening():
    """In the child: a script that was started in the background ignores these."""
    for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        signal.signal(number, signal.SIG_DFL)


def memtrial(*args, timeout=60, as_nobody=False, **kw):
    """Run to the end; the result has .returncode, .stdout and .stderr as text."""
    command = [BINARY, *args]
    if as_nobody:
        command = ["setpriv", f"--reuid={NOBODY}", f"--regid={NOBODY}", "--clear-groups", *command]
    kw.setdefault("stdout", subprocess.PIPE)
    kw.setdefault("stderr", subprocess.PIPE)
    kw.setdefault("env", environment())
    return subprocess.run(command, text=True, timeout=timeout, stdin=subprocess.DEVNULL, **kw)


def memory_base():
    """Where groups are made, as `probe` says."""
    for line in memtrial("probe").stdout.splitlines():
        if line.startswith("groups below"):
            return line.split()[-1]
    return None


def comm(pid):
    try:
        with open(f"/proc/{pid}/comm") as f:
            return f.read().strip()
    except OSError:
        return ""


def state(pid):
    try:
        with open(f"/proc/{pid}/stat") as f:
            return f.read().rpartition(")")[2].split()[0]
    except (OSError, IndexError):
        return ""


def marked(mark):
    """Living processes that carry the mark in their environment: all that a run has started."""
    found = []
    want = b"MEMTRIAL_TEST_MARK=" + mark.encode()
    for name in os.listdir("/proc"):
        if not name.isdigit():
            continue
        try:
            with open(f"/proc/{name}/environ", "rb") as f:
                has = want in f.read().split(b"\0")
        except OSError:
            continue
        if has and state(name) not in ("Z", "X", ""):
            found.append(int(name))
    return found


def wait_until(what, limit=10.0, step=0.005):
    """True as soon as what() is true; False when it is not within the limit."""
    end = time.monotonic() + limit
    while True:
        if what():
            return True
        if time.monotonic() > end:
            return False
        time.sleep(step)


def entries(directory, prefix):
    try:
        return [os.path.join(directory, n) for n in os.listdir(directory) if n.startswith(prefix)]
    except FileNotFoundError:
        return []


class Run:
    """One memtrial in the background, its stderr a terminal of its own so that it shows a live view."""

    def __init__(self, *args, stdout=subprocess.PIPE, scratch=SCRATCH, base=None,
                 preexec_fn=listening, **kw):
        self.mark = uuid.uuid4().hex
        self.scratch = scratch
        self.base = base or MEMORY_BASE
        master, slave = pty.openpty()
        resize(slave, 80, 24)
        self.process = subprocess.Popen([BINARY, *args], stdin=subprocess.DEVNULL, stdout=stdout,
                                        stderr=slave, env=environment(self.mark), text=True,
                                        preexec_fn=preexec_fn, **kw)
        os.close(slave)
        os.set_blocking(master, False)
        self.terminal = master
        self.pid = self.process.pid
        self.talk = ""

    def read_talk(self):
        try:
            self.talk += os.read(self.terminal, 65536).decode(errors="replace")
        except OSError:
            pass
        return self.talk

    def wait_talk(self, pattern, limit=20.0):
        """Wait until the live view matches; False when the run ends or the limit comes first."""
        def there():
            return re.search(pattern, self.read_talk()) or self.process.poll() is not None
        wait_until(there, limit)
        return re.search(pattern, self.talk) is not None

    def groups(self):
        return entries(self.base, f"memtrial-{self.pid}-")

    def guard(self):
        """Its pid; a process that was just forked has not given itself its name yet."""
        found = []
        wait_until(lambda: found.extend(p for p in marked(self.mark) if comm(p) == "memtrial-guard") or found)
        return found[0] if found else None

    def left(self):
        """All that is left of the run, by name; empty when nothing is."""
        return ([f"{p} {comm(p)}" for p in marked(self.mark)] + self.groups() +
                entries(self.scratch, f"memtrial-{self.pid}-") +
                entries(STATE, f"memtrial-{self.pid}-"))

    def kill(self, *pids):
        for pid in pids or (self.pid,):
            try:
                os.kill(pid, signal.SIGKILL)
            except ProcessLookupError:
                pass

    def wait(self, limit=30.0):
        """The exit code and stdout."""
        try:
            out, _ = self.process.communicate(timeout=limit)
        except subprocess.TimeoutExpired:
            self.kill()
            raise
        self.read_talk()
        return self.process.returncode, out

    def close(self):
        """End all of it, whatever the test came to."""
        self.kill()
        self.process.communicate()
        for pid in marked(self.mark):
            self.kill(pid)
        os.close(self.terminal)


class LiveTest(unittest.TestCase):
    maxDiff = None

    def start(self, *args, **kw):
        run = Run(*args, **kw)
        self.addCleanup(run.close)
        return run

    def assert_nothing_left(self, run, limit=10.0):
        wait_until(lambda: not run.left(), limit, 0.05)
        self.assertEqual(run.left(), [])

    def assert_one_line(self, text, *words):
        """One line from memtrial that has all the words."""
        self.assertEqual(len(text.strip().splitlines()), 1, text)
        self.assertTrue(text.startswith("memtrial: "), text)
        for word in words:
            self.assertIn(word, text)


def main():
    """`test_x.py BINARY [unittest's own words]`."""
    global BINARY, MEMORY_BASE
    if len(sys.argv) < 2 or sys.argv[1].startswith("-"):
        sys.exit(f"usage: {sys.argv[0]} BINARY [TEST]...")
    BINARY = os.path.abspath(sys.argv[1])
    MEMORY_BASE = memory_base()
    if os.geteuid() != 0 or not MEMORY_BASE or MEMORY_BASE == "none":
        print("skipped: needs root and a memory controller in which groups can be made")
        sys.exit(SKIPPED)
    result = unittest.main(module="__main__", argv=[sys.argv[0], *sys.argv[2:]], exit=False,
                           verbosity=2).result
    sys.exit(0 if result.wasSuccessful() else 1)
