# SPDX-License-Identifier: GPL-2.0-or-later
"""SIGINT, SIGTERM, SIGHUP and Ctrl-C: verdicts of what there is, everything undone, 128+n."""
import json
import os
import pty
import signal
import tempfile
import time

import support
from support import LiveTest, main, marked, profile, wait_until


class Signals(LiveTest):
    def begin(self, *more, **kw):
        return self.start("run", "--control", "600ms", "--set", "file=128M", *more,
                          profile("phases"), **kw)

    def check_ended(self, run, number, limit=5.0):
        begin = time.monotonic()
        code, out = run.wait()
        self.assertEqual(code, 128 + number, out + run.talk)
        self.assertLess(time.monotonic() - begin, limit)
        # All is undone when it returns: nothing to wait for.
        self.assertEqual(run.left(), [])
        return out

    def test_once(self):
        for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
            with self.subTest(signal=number.name):
                run = self.begin()
                self.assertTrue(run.wait_talk(r"overrun: (?!settl)"), run.talk)
                os.kill(run.pid, number)
                out = self.check_ended(run, number)
                # The first phase was over, and is judged.
                self.assertRegex(out, r"PASS +quiet/memory.stat.anon +16")
                # What was only cut short is no FAIL of the kernel.
                self.assertNotIn("FAIL", out)
                self.assertIn("interrupted", out)

    def test_moments(self):
        for moment in (r"preparing", r"own noise", r"settling", r"release: wait"):
            with self.subTest(moment=moment):
                run = self.begin()
                self.assertTrue(run.wait_talk(moment), run.talk)
                os.kill(run.pid, signal.SIGINT)
                self.check_ended(run, signal.SIGINT)

    def test_any_moment(self):
        """Never death by the signal itself, which would undo nothing."""
        for i in range(10):
            with self.subTest(after=f"{i * 0.3:.1f} s"):
                run = self.begin()
                time.sleep(0.02 + i * 0.3)
                os.kill(run.pid, signal.SIGINT)
                code, out = run.wait()
                self.assertIn(code, (0, 128 + signal.SIGINT, -signal.SIGINT), out)
                if code == -signal.SIGINT:
                    self.assertEqual(run.talk, "", "only before anything was touched")
                self.assertEqual(run.left(), [])

    def test_twice(self):
        run = self.begin("--control", "5s")
        self.assertTrue(run.wait_talk(r"own noise"), run.talk)
        os.kill(run.pid, signal.SIGINT)
        time.sleep(0.01)
        os.kill(run.pid, signal.SIGINT)
        self.check_ended(run, signal.SIGINT, limit=2.0)

    def test_rest_of_the_suite_is_left_out(self):
        run = self.start("run", profile("slow-stop"), profile("null-hold"))
        self.assertTrue(run.wait_talk(r"hold: wait"), run.talk)
        os.kill(run.pid, signal.SIGINT)
        self.assertNotIn("null-hold ", self.check_ended(run, signal.SIGINT))

    def test_saved(self):
        with tempfile.TemporaryDirectory() as d:
            path = os.path.join(d, "result.json")
            run = self.begin("--save", path)
            self.assertTrue(run.wait_talk(r"overrun: "), run.talk)
            os.kill(run.pid, signal.SIGTERM)
            self.check_ended(run, signal.SIGTERM)
            with open(path) as f:
                saved = json.load(f)
            self.assertTrue(saved["trials"][0]["interrupted"])
            self.assertEqual(os.listdir(d), ["result.json"])

    def test_blocked_reader(self):
        """A pipe that nobody reads holds up the report; the signal still ends it."""
        read, write = os.pipe()
        try:
            while True:  # fill it
                os.set_blocking(write, False)
                os.write(write, b"x" * 4096)
        except BlockingIOError:
            os.set_blocking(write, True)
        run = self.start("run", profile("null-hold"), stdout=write)
        os.close(write)
        self.assertTrue(run.wait_talk(r"null-hold"), run.talk)
        # Nothing is left once the report is all that is missing.
        self.assertTrue(wait_until(
            lambda: [l.split()[0] for l in run.left()] == [str(run.pid)]), run.left())

        def writing():
            with open("/proc/%d/syscall" % run.pid) as f:
                return f.read().startswith("1 ")  # write(2): the report, into the full pipe

        self.assertTrue(wait_until(writing), "it never came to write")
        os.kill(run.pid, signal.SIGTERM)
        code, _ = run.wait(10)
        os.close(read)
        self.assertEqual(code, 128 + signal.SIGTERM)

    def test_nohup(self):
        """Signals that were ignored at the start stay ignored."""
        run = self.begin(preexec_fn=lambda: signal.signal(signal.SIGHUP, signal.SIG_IGN))
        self.assertTrue(run.wait_talk(r"fill: "), run.talk)
        os.kill(run.pid, signal.SIGHUP)
        code, out = run.wait()
        self.assertEqual(code, 0, out)

    def test_ctrl_c(self):
        """The terminal signals its whole foreground group: workers are not in it."""
        mark = "ctrl-c-%d" % os.getpid()
        pid, terminal = pty.fork()
        if pid == 0:
            support.listening()
            os.execve(support.BINARY, [support.BINARY, "run", profile("slow-stop")],
                      support.environment(mark))
        support.resize(terminal, 80, 24)
        talk = b""
        end = time.monotonic() + 20
        while b"hold: wait" not in talk and time.monotonic() < end:
            talk += os.read(terminal, 4096)
        self.assertIn(b"hold: wait", talk)
        workers = [p for p in marked(mark) if support.comm(p).startswith("mt:")]
        self.assertTrue(workers)
        os.write(terminal, b"\x03")
        while True:
            try:
                piece = os.read(terminal, 4096)
            except OSError:
                break
            if not piece:
                break
            talk += piece
        _, status = os.waitpid(pid, 0)
        os.close(terminal)
        text = talk.decode(errors="replace")
        self.assertEqual(os.waitstatus_to_exitcode(status), 128 + signal.SIGINT, text)
        # Had Ctrl-C reached the worker, its outcome would be an end by a signal.
        self.assertNotIn("workers' ends", text.split("checked in every trial")[0])
        self.assertEqual(marked(mark), [])


if __name__ == "__main__":
    main()
