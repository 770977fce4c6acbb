# SPDX-License-Identifier: GPL-2.0-or-later
"""kill -9 of the supervisor at any moment, alone and together with its guard."""
import os
import signal
import time

import support
from support import LiveTest, main, marked, memtrial, profile, wait_until

# What the progress line says when the moment has come.
MOMENTS = {
    "preparing": r"preparing workers",
    "control interval": r"own noise",
    "first phase": r"fill: (?!settl)",
    "settling": r"settling",
    "phase with an OOM kill": r"overrun: (?!settl)",
    "last phase": r"release: (?!settl)",
}


class Kill(LiveTest):
    def begin(self, *more):
        # A slow control interval and large files, so that each moment lasts.
        return self.start("run", "--control", "600ms", "--set", "file=192M", *more,
                          profile("phases"))

    def next_run_works(self):
        done = memtrial("run", "-q", profile("null-hold"))
        self.assertEqual(done.returncode, 0, done.stdout + done.stderr)

    def check_cleanup(self, run):
        self.assert_nothing_left(run)
        self.next_run_works()

    def test_supervisor_alone(self):
        """The guard does all of it, without `clean`."""
        for name, pattern in MOMENTS.items():
            with self.subTest(moment=name):
                run = self.begin()
                self.assertTrue(run.wait_talk(pattern), run.talk)
                run.kill()
                self.assertEqual(run.wait()[0], -signal.SIGKILL)
                self.check_cleanup(run)

    def test_supervisor_in_teardown(self):
        run = self.begin()
        self.assertTrue(run.wait_talk(r"release: wait"), run.talk)
        # The drain helper goes first: from then on it is undoing.
        drain = [p for p in marked(run.mark) if support.comm(p) == "mt:drain"]
        self.assertEqual(len(drain), 1)
        self.assertTrue(wait_until(lambda: support.state(drain[0]) in ("", "Z"), step=0))
        run.kill()
        run.wait()
        self.check_cleanup(run)

    def test_supervisor_not_reaped(self):
        """A parent that does not wait for its child must not keep the rest from going."""
        run = self.begin()
        self.assertTrue(run.wait_talk(r"fill: "), run.talk)
        run.kill()
        self.assert_nothing_left(run)

    def test_any_moment(self):
        """Kills spread evenly over the whole run."""
        whole = self.begin()
        begin = time.monotonic()
        self.assertEqual(whole.wait()[0], 0)
        length = time.monotonic() - begin
        for i in range(12):
            with self.subTest(at=f"{i}/12 of {length:.2f} s"):
                run = self.begin()
                time.sleep(length * i / 12)
                run.kill()
                run.wait()
                self.assert_nothing_left(run)

    def test_with_the_guard(self):
        """Nobody is left to undo: workers die by themselves, `clean` does the rest."""
        for name, pattern in MOMENTS.items():
            with self.subTest(moment=name):
                run = self.begin()
                self.assertTrue(run.wait_talk(pattern), run.talk)
                guard = run.guard()
                self.assertIsNotNone(guard)
                os.kill(guard, signal.SIGSTOP)  # it must not win the race
                run.kill()
                run.kill(guard)
                run.wait()
                self.assertTrue(wait_until(lambda: not marked(run.mark)), marked(run.mark))
                self.assertTrue(run.groups(), "a test of clean needs something to clean")
                done = memtrial("clean")
                self.assertEqual(done.returncode, 0, done.stderr)
                self.assertRegex(done.stdout, r"removed [1-9]\d* groups")
                self.assertEqual(run.left(), [])
                self.next_run_works()

    def test_with_the_guard_not_reaped(self):
        run = self.begin()
        self.assertTrue(run.wait_talk(r"fill: "), run.talk)
        guard = run.guard()
        os.kill(guard, signal.SIGSTOP)
        run.kill()
        run.kill(guard)
        self.assertTrue(wait_until(lambda: not marked(run.mark)), marked(run.mark))
        memtrial("clean")
        self.assertEqual(run.left(), [])

    def test_next_run_cleans(self):
        run = self.begin()
        self.assertTrue(run.wait_talk(r"fill: "), run.talk)
        guard = run.guard()
        os.kill(guard, signal.SIGSTOP)
        run.kill()
        run.kill(guard)
        run.wait()
        self.assertTrue(wait_until(lambda: not marked(run.mark)), marked(run.mark))
        self.assertTrue(run.groups())
        self.next_run_works()
        self.assertEqual(run.left(), [])

    def test_user_command(self):
        """A command's own children, in a session of their own, do not outlive the supervisor."""
        run = self.start("run", profile("exec-escape"))
        self.assertTrue(run.wait_talk(r"hold: wait"), run.talk)
        self.assertTrue(wait_until(
            lambda: any(support.comm(p) == "sleep" for p in marked(run.mark))))
        run.kill()
        run.wait()
        self.assert_nothing_left(run)

    def test_clean_leaves_the_living(self):
        run = self.begin()
        self.assertTrue(run.wait_talk(r"fill: "), run.talk)
        done = memtrial("clean")
        self.assertEqual(done.returncode, 0, done.stderr)
        self.assertIn("left alone", done.stdout)
        code, out = run.wait()
        self.assertEqual(code, 0, out)
        self.assert_nothing_left(run)


if __name__ == "__main__":
    main()
