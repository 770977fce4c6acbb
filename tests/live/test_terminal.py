# SPDX-License-Identifier: GPL-2.0-or-later
"""The live view on a real terminal (tmux): bars are there, nothing wraps, nothing flickers, a resize is
survived, and in the end the report stands alone."""
import os
import re
import shlex
import shutil
import signal
import subprocess
import sys
import time
import uuid

import support
from support import SKIPPED, LiveTest, main, memtrial, profile, wait_until

BLOCK, EMPTY = "\u2588", "\u00b7"
RUN = ["run", "--set", "file=128M", "--control", "1500ms"]


class Pane:
    """A tmux server of its own with one window; what runs in it tells its exit code."""

    def __init__(self, columns, rows, *args):
        self.name = "memtrial-" + uuid.uuid4().hex[:8]
        command = " ".join(shlex.quote(a) for a in [support.BINARY, *args])
        script = f"trap : INT; echo before; {command}; echo code $?; sleep 60"
        self.tmux("-f", "/dev/null", "new-session", "-d", "-x", str(columns), "-y", str(rows),
                  "env", "-u", "TMUX", "sh", "-c", script)

    def tmux(self, *args):
        env = support.environment()
        env["LC_ALL"] = "C.UTF-8"
        return subprocess.run(["tmux", "-L", self.name, *args], env=env, text=True, check=True,
                              stdout=subprocess.PIPE).stdout

    def resize(self, columns, rows):
        self.tmux("resize-window", "-x", str(columns), "-y", str(rows))

    def screen(self):
        """The visible lines, wrapped ones joined, and none of the empty ones."""
        return [l for l in self.tmux("capture-pane", "-p", "-J").split("\n") if l.strip()]

    def everything(self):
        """With what has scrolled away."""
        text = self.tmux("capture-pane", "-p", "-J", "-S", "-")
        return [l.rstrip() for l in text.split("\n") if l.strip()]

    def wait(self, what, limit=30.0):
        """Wait until a line of the screen matches; the screen as it was then, or None."""
        seen = []

        def there():
            seen[:] = self.screen()
            return any(re.search(what, l) for l in seen)
        return list(seen) if wait_until(there, limit, 0.05) else None

    def send(self, *keys):
        self.tmux("send-keys", *keys)

    def close(self):
        subprocess.run(["tmux", "-L", self.name, "kill-server"], stderr=subprocess.DEVNULL)


class Terminal(LiveTest):
    def pane(self, columns, rows, *args):
        pane = Pane(columns, rows, *args)
        self.addCleanup(pane.close)
        return pane

    def assert_fits(self, lines, columns):
        for line in lines:
            self.assertLess(len(line.rstrip()), columns, "\n".join(lines))

    def assert_view(self, lines, columns, trial, bars):
        """One block and nothing of an earlier one."""
        text = "\n".join(lines)
        self.assert_fits(lines, columns)
        self.assertEqual(lines[0], "before", text)
        self.assertEqual(lines[1].split()[:2], ["[1/1]", trial], text)
        for what in [r"workers \d ", *(f"{bar} +[{BLOCK}{EMPTY}]" for bar in bars)]:
            self.assertEqual(len(re.findall("^" + what, text, re.M)), 1, text)

    def assert_report_alone(self, pane, trial, code):
        self.assertIsNotNone(pane.wait(f"^code {code}"), "\n".join(pane.everything()))
        lines = pane.everything()
        text = "\n".join(lines)
        # The terminal itself wrote "^C" where the cursor was.
        self.assertEqual(lines[0], "before", text)
        self.assertRegex(lines[1], rf"^(\^C)?{trial}  (PASS|BROKEN)", text)
        for left in (BLOCK, EMPTY, "[1/1]"):
            self.assertNotIn(left, text)

    def test_run(self):
        for columns, rows in ((80, 24), (200, 50)):
            with self.subTest(columns=columns):
                pane = self.pane(columns, rows, *RUN, profile("phases"))
                seen = pane.wait(r"^overrun: ")
                self.assertIsNotNone(seen, pane.screen())
                self.assert_view(seen, columns, "phases", ("hog", "quiet", "files"))
                self.assertRegex("\n".join(seen), f"(?m)^files +{BLOCK}")
                self.assert_report_alone(pane, "phases", 0)

    def test_run_resized(self):
        pane = self.pane(80, 24, "run", profile("slow-stop"))
        self.assertIsNotNone(pane.wait(r"^hold: wait"), pane.screen())
        # A terminal that loses more than a quarter at once keeps what it has wrapped: see screen.h.
        for columns, rows in ((60, 20), (100, 30), (80, 24), (60, 20), (200, 50), (150, 20)):
            pane.resize(columns, rows)
            # tmux tells of a resize at once, or when a quarter of a second has passed.
            time.sleep(0.8)
            self.assert_view(pane.screen(), columns, "slow-stop", ("g",))
        pane.send("C-c")
        self.assert_report_alone(pane, "slow-stop", 130)

    def test_run_narrow(self):
        pane = self.pane(40, 24, *RUN, profile("phases"))
        self.assertIsNotNone(pane.wait(r"^code \d", 60))  # a phase may be over within its second
        lines = pane.everything()
        self.assertEqual(lines[:2], ["before", "[1/1] phases"])
        told = [float(l.split("s")[0]) for l in lines[2:] if re.match(r" *[\d.]+s  ", l)]
        self.assertGreaterEqual(len(told), 3, lines)
        for a, b in zip(told, told[1:]):
            self.assertGreaterEqual(b - a, 0.9)
        self.assert_fits(lines[:2 + len(told)], 40)

    def test_watch(self):
        for columns, rows in ((80, 24), (200, 50)):
            with self.subTest(columns=columns):
                pane = self.pane(columns, rows, "watch", "-i", "200ms")
                seen = pane.wait(r"^pressure|^major faults")
                self.assertIsNotNone(seen, pane.screen())
                self.assertRegex(seen[0], r"^the whole machine  \d")
                self.assertRegex("\n".join(seen), r"(?m)^used .* of ")
                self.assert_fits(seen, columns)
                for other in ((60, 10), (columns, rows)):
                    pane.resize(*other)
                    time.sleep(0.6)
                    seen = pane.screen()
                    self.assertRegex(seen[0], r"^the whole machine  \d")
                    self.assert_fits(seen, other[0])
                pane.send("C-c")
                self.assertIsNotNone(pane.wait(r"^code 0"), pane.screen())
                lines = pane.everything()
                # The terminal as it was, and the last look.
                self.assertEqual(lines[0], "before")
                self.assertEqual(sum(l.startswith("the whole machine") for l in lines), 1, lines)

    def test_group_that_goes(self):
        group = os.path.join(support.MEMORY_BASE, "memtrial-test-" + uuid.uuid4().hex[:8])
        os.mkdir(group)
        try:
            pane = self.pane(80, 24, "watch", "-i", "100ms", group)
            seen = pane.wait(re.escape(os.path.basename(group)))
            self.assertIsNotNone(seen, pane.screen())
        finally:
            os.rmdir(group)
        self.assertIsNotNone(pane.wait(r"^code 0"), pane.screen())
        self.assertRegex("\n".join(pane.everything()), r"(?m)^memtrial: group .* was removed$")

    def test_frames(self):
        """Each frame is one synchronized update, at most 10 a second, and none clears the screen."""
        run = self.start(*RUN, profile("phases"))
        begin = time.monotonic()
        wait_until(lambda: run.read_talk() and run.process.poll() is not None, 60)
        code, _ = run.wait()
        self.assertEqual(code, 0)
        talk = run.talk
        frames = talk.split("\x1b[?2026h")
        self.assertEqual(frames[0], "")
        self.assertGreater(len(frames), 10)
        self.assertLess(len(frames), (time.monotonic() - begin) * 11 + 3)
        for frame in frames[1:]:
            self.assertTrue(frame.endswith("\x1b[?7h\x1b[?2026l"), repr(frame))
        self.assertNotIn("\x1b[2J", talk)
        # Most frames change few of the lines.
        self.assertLess(len(talk) / len(frames), 600)

    def test_no_terminal(self):
        """Short trials say nothing; one that takes long says where it is, --quiet nothing."""
        done = memtrial("run", profile("null-hold"))
        self.assertEqual((done.returncode, done.stderr), (0, ""))
        done = memtrial("run", "--control", "7s", profile("null-hold"))
        self.assertEqual(done.returncode, 0)
        self.assertRegex(done.stderr, r"\A[\d.]+s  \[1/1\] null-hold: baseline: .*\n")
        self.assertNotIn("\x1b", done.stderr)
        done = memtrial("run", "--quiet", "--control", "7s", profile("null-hold"))
        self.assertEqual((done.returncode, done.stderr), (0, ""))

    def test_watch_in_a_pipe(self):
        done = memtrial("watch", "--count", "3", "--interval", "100ms")
        lines = done.stdout.splitlines()
        self.assertEqual((done.returncode, done.stderr, len(lines)), (0, "", 3))
        for line in lines:
            self.assertRegex(line, r"^ *\d\.\ds  current +\S+ of \S+ +\d+%  anon ")
        self.assertNotIn("\x1b", done.stdout)

    def test_watch_without_root(self):
        done = memtrial("watch", "-n", "1", support.MEMORY_BASE, as_nobody=True)
        self.assertEqual(done.returncode, 0, done.stderr)

    def test_watch_ends(self):
        for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
            with self.subTest(signal=number.name):
                run = self.start("watch", "-i", "100ms")
                time.sleep(0.5)
                os.kill(run.pid, number)
                code, out = run.wait(5)
                self.assertEqual((code, run.talk), (0, ""))
                self.assertGreater(len(out.splitlines()), 1)


if __name__ == "__main__":
    if not shutil.which("tmux"):
        print("skipped: needs tmux")
        sys.exit(SKIPPED)
    main()
