# SPDX-License-Identifier: GPL-2.0-or-later
"""`memtrial record`: what it writes passes again and again, and fails once the command needs more."""
import os
import re
import signal
import tempfile

from support import BROKEN, FAIL, PASS, SKIP, USAGE, LiveTest, main, memtrial

MIB = 1 << 20
HELD = 40  # MiB
DD = ["dd", "if=/dev/zero", "of=/dev/null", "count=1", f"bs={HELD}M"]


class Record(LiveTest):
    def setUp(self):
        d = tempfile.TemporaryDirectory()
        self.addCleanup(d.cleanup)
        self.profile = os.path.join(d.name, "recorded.yaml")

    def record(self, *args, code=PASS):
        done = memtrial("record", "-o", self.profile, *args, timeout=300)
        self.assertEqual(done.returncode, code, done.stdout + done.stderr)
        return done

    def text(self):
        with open(self.profile, encoding="utf-8") as f:
            return f.read()

    def replace(self, old, new):
        text = self.text()
        self.assertIn(old, text)
        with open(self.profile, "w", encoding="utf-8") as f:
            f.write(text.replace(old, new))

    def test_passes_and_finds_growth(self):
        done = self.record("--", *DD)
        self.assertIn("[10/10] finished in", done.stderr)
        self.assertRegex(done.stderr, r"memtrial: \d+ ranges from 10 runs; try it: memtrial run ")
        self.assertEqual(done.stdout, "")
        text = self.text()
        low, high = re.search(r"box/run/memory.peak: (\d+)K \.\. (\d+)K", text).groups()
        self.assertLess(int(low), (HELD + 1) * 1024)
        self.assertGreater(int(high), HELD * 1024)
        self.assertLess(int(high), 1.1 * HELD * 1024)
        self.assertEqual(memtrial("check", self.profile).returncode, PASS)
        for i in range(10):
            with self.subTest(run=i):
                done = memtrial("run", self.profile)
                self.assertEqual(done.returncode, PASS, done.stdout)
        # A fifth more is seen by each that has to do with it, and by no other.
        self.replace(f"bs={HELD}M", f"bs={HELD * 6 // 5}M")
        done = memtrial("run", self.profile)
        self.assertEqual(done.returncode, FAIL, done.stdout)
        grown = re.search(r"FAIL +box/run/memory.peak +([\d.]+)([KM]) ", done.stdout)
        self.assertTrue(grown, done.stdout)
        peak_mib = float(grown[1]) / (1 if grown[2] == "M" else 1024)
        self.assertEqual(int(peak_mib), HELD * 6 // 5, done.stdout)
        failed = set(re.findall(r"^ +FAIL +(\S+)", done.stdout, re.M))
        self.assertEqual(failed, {"box/run/memory.peak", "command.max_rss",
                                  "box/run/memory.stat.pgfault"}, done.stdout)
        # So is a command that does nothing.
        self.replace(f"bs={HELD * 6 // 5}M", "bs=1M")
        self.assertEqual(memtrial("run", self.profile).returncode, FAIL)

    def test_what_is_left_in_the_cache(self):
        """Files that are read are charged to the warm-up, those that are written to each run."""
        with tempfile.TemporaryDirectory(dir="/var/tmp") as d:
            out = os.path.join(d, "out")
            self.record("--runs", "5", "--", "dd", "if=/dev/zero", f"of={out}", "bs=1M", "count=16")
            low, high = re.search(r"memory.stat.file: (\d+)K \.\. (\d+)K", self.text()).groups()
            self.assertTrue(int(low) <= 16 * 1024 <= int(high) < 17 * 1024, self.text())
            done = memtrial("run", self.profile)
            self.assertEqual(done.returncode, PASS, done.stdout)
            self.replace("count=16", "count=20")
            done = memtrial("run", self.profile)
            self.assertEqual(done.returncode, FAIL)
            self.assertRegex(done.stdout, r"FAIL +box/run/memory.stat.file +20(\.\d+)?M ")

    def test_within_a_limit(self):
        self.record("--runs", "3", "--limit", f"{HELD + 8}M", "--", *DD)
        self.assertIn(f"box/run: {{ memory.max: {HELD + 8}M }}", self.text())
        self.assertIn("box/run/memory.events.max: at most", self.text())
        done = memtrial("run", self.profile)
        self.assertEqual(done.returncode, PASS, done.stdout)
        # What the limit does not let be is an OOM kill, which a profile cannot have recorded.
        self.replace(f"bs={HELD}M", f"bs={HELD * 6 // 5 + 8}M")
        done = memtrial("run", self.profile)
        self.assertEqual(done.returncode, FAIL)
        self.assertRegex(done.stdout, r"FAIL +box/run/memory.events.oom_kill +1")

    def check_refused(self, code, words, *args):
        done = memtrial("record", "-q", "-o", self.profile, *args)
        self.assertEqual(done.returncode, code, done.stderr)
        self.assert_one_line(done.stderr, *words)
        self.assertEqual(done.stdout, "")
        self.assertFalse(os.path.exists(self.profile))

    def test_commands_that_cannot_be_recorded(self):
        self.check_refused(USAGE, ["no command no-such"], "--", "no-such")
        self.check_refused(USAGE, ["exited with 3"], "--", "sh", "-c", "exit 3")
        self.check_refused(USAGE, ["exited with 127", "no such command"], "--", "sh", "-c", "no-such")
        self.check_refused(USAGE, ["was killed by SIGSEGV"], "--", "sh", "-c", "kill -SEGV $$")
        self.check_refused(USAGE, ["was killed by SIGKILL"], "--", "sh", "-c", "kill -KILL $$")
        self.check_refused(FAIL, ["was OOM-killed within 16M"], "--limit", "16M", "--", *DD)
        self.check_refused(BROKEN, ["did not end in time"], "--timeout", "1s", "--", "sleep", "60")
        self.check_refused(USAGE, ["cannot stand in a profile", "control character"], "--", "sh", "-c",
                           "true\ntrue")
        self.check_refused(USAGE, ["cannot stand in a profile", "UTF-8"], "--", "true", b"\xff")
        done = memtrial("record", "--", "true", as_nobody=True)
        self.assertEqual(done.returncode, SKIP)
        self.assert_one_line(done.stderr, "no right to make groups")

    def test_fails_at_its_third_run(self):
        """The count is in a file, so that the first two are fine: two of the warm-up, one of the run."""
        with tempfile.TemporaryDirectory() as d:
            count = os.path.join(d, "count")
            self.check_refused(USAGE, ["exited with 7"], "--", "sh", "-c",
                               f"echo x >> {count}; [ $(wc -l < {count}) -lt 6 ] || exit 7")

    def test_interrupted(self):
        run = self.start("record", "-o", self.profile, "--", "sleep", "2")
        self.assertTrue(run.wait_talk(r"\[1/10\]"), run.talk)
        os.kill(run.pid, signal.SIGINT)
        code, out = run.wait()
        self.assertEqual(code, 128 + signal.SIGINT, out)
        self.assert_nothing_left(run)
        self.assertIn("nothing was written", run.talk)
        self.assertFalse(os.path.exists(self.profile))
        # Not even half a file beside it.
        self.assertEqual(os.listdir(os.path.dirname(self.profile)), [])


if __name__ == "__main__":
    main()
