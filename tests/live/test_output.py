# SPDX-License-Identifier: GPL-2.0-or-later
"""Outputs that fail: closed, full, read-only. A clear sentence, the right code, results kept."""
import json
import os
import subprocess
import tempfile

import support
from support import BROKEN, FAIL, PASS, USAGE, LiveTest, entries, main, memtrial, profile

QUICK = profile("null-hold")


def shell(script, *args):
    """A script with the binary as $0; its exit code is $0's."""
    return subprocess.run(["bash", "-c", "set -o pipefail; " + script, support.BINARY, *args],
                          text=True, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
                          stderr=subprocess.PIPE, timeout=60, env=support.environment())


def private(script, *args):
    """The same as root of a mount namespace of its own."""
    return subprocess.run(["unshare", "-m", "--propagation", "private", "bash", "-ec", script,
                           support.BINARY, *args], text=True, stdin=subprocess.DEVNULL,
                          stdout=subprocess.PIPE, stderr=subprocess.PIPE, timeout=60,
                          env=support.environment())


class Output(LiveTest):
    def setUp(self):
        self.directory = tempfile.TemporaryDirectory()
        self.addCleanup(self.directory.cleanup)
        self.dir = self.directory.name

    def path(self, name):
        return os.path.join(self.dir, name)

    def check_saved(self, path):
        with open(path) as f:
            self.assertEqual(json.load(f)["trials"][0]["verdict"], "PASS")

    def test_closed_stdout(self):
        done = shell('"$0" run --save "$2" "$1" >&-', QUICK, self.path("r"))
        self.assertEqual(done.returncode, BROKEN, done.stderr)
        self.assert_one_line(done.stderr, "cannot write the")
        self.check_saved(self.path("r"))

    def test_all_closed(self):
        """No report may end up in whatever is opened as descriptor 1 or 2."""
        done = shell('"$0" run --save "$2" "$1" <&- >&- 2>&-', QUICK, self.path("r"))
        self.assertEqual(done.returncode, BROKEN)
        self.check_saved(self.path("r"))

    def test_closed_stdout_of_every_command(self):
        for command in ("--help", "list", "show null", "probe", f"plan {QUICK}", f"check {QUICK}",
                        "doc man"):
            with self.subTest(command=command):
                done = shell(f'"$0" {command} >&-')
                self.assertEqual(done.returncode, BROKEN, done.stderr)
                self.assert_one_line(done.stderr, "cannot write the")

    def test_reader_that_leaves(self):
        done = shell('"$0" run --save "$2" "$1" "$1" "$1" | head -1', QUICK, self.path("r"))
        self.assertEqual(done.returncode, BROKEN, done.stderr)
        self.assert_one_line(done.stderr, "cannot write the")
        # With --save the run went on to its end.
        with open(self.path("r")) as f:
            self.assertEqual(len(json.load(f)["trials"]), 3)

    def test_full_stdout(self):
        for form in ("text", "json", "ktap"):
            with self.subTest(format=form):
                done = shell('"$0" run --format "$2" "$1" >/dev/full', QUICK, form)
                self.assertEqual(done.returncode, BROKEN, done.stderr)
                self.assert_one_line(done.stderr, "cannot write the")

    def test_fail_stays_fail(self):
        done = shell('"$0" run "$1" >/dev/full', profile("null-wrong"))
        self.assertEqual(done.returncode, FAIL, done.stderr)

    def test_devices(self):
        """A device is written to, never replaced by a file."""
        for device, code in (("/dev/null", PASS), ("/dev/full", BROKEN)):
            for option in ("--save", "-o"):
                with self.subTest(device=device, option=option):
                    before = os.stat(device)
                    done = memtrial("run", option, device, QUICK)
                    self.assertEqual(done.returncode, code, done.stderr)
                    after = os.stat(device)
                    self.assertEqual((before.st_mode, before.st_rdev, before.st_ino),
                                     (after.st_mode, after.st_rdev, after.st_ino))
                    self.assertEqual(entries("/dev", os.path.basename(device) + ".tmp"), [])
                    if code:
                        self.assert_one_line(done.stderr, device)

    def test_saving_failed_but_told(self):
        """The verdicts are still on stdout."""
        done = memtrial("run", "--save", "/dev/full", QUICK)
        self.assertIn("1 passed", done.stdout)

    def test_no_directory(self):
        for option in ("--save", "-o"):
            with self.subTest(option=option):
                done = memtrial("run", option, self.path("none/r"), QUICK)
                self.assertEqual(done.returncode, USAGE)
                self.assert_one_line(done.stderr, "none/r", "No such file")
                self.assertEqual(done.stdout, "")

    def test_a_directory(self):
        for option in ("--save", "-o"):
            with self.subTest(option=option):
                done = memtrial("run", option, self.dir, QUICK)
                self.assertEqual(done.returncode, USAGE)
                self.assert_one_line(done.stderr, self.dir)

    def test_read_only_directory(self):
        for option in ("--save", "-o"):
            with self.subTest(option=option):
                done = private('mount --bind "$2" "$2"; mount -o remount,ro,bind "$2";'
                               'exec "$0" run "$3" "$2/r" "$1"', QUICK, self.dir, option)
                self.assertEqual(done.returncode, USAGE, done.stderr)
                self.assert_one_line(done.stderr, "Read-only file system")
                # Found before anything was run.
                self.assertEqual(done.stdout, "")

    def test_full_disk(self):
        for option in ("--save", "-o"):
            with self.subTest(option=option):
                done = private('mount -t tmpfs -o size=16k tmpfs "$2"; code=0;'
                               '"$0" run --format json "$3" "$2/r" "$1" || code=$?;'
                               'ls -A "$2" >&2; exit $code', QUICK, self.dir, option)
                self.assertEqual(done.returncode, BROKEN, done.stderr)
                # One line and an empty directory: no half result.
                self.assert_one_line(done.stderr, "No space left")
                if option == "--save":
                    self.assertEqual(json.loads(done.stdout)["trials"][0]["verdict"], "PASS")

    def test_complete_or_not_at_all(self):
        with open(self.path("r"), "w") as f:
            f.write("older")
        done = memtrial("run", "-o", self.path("r"), QUICK)
        self.assertEqual(done.returncode, PASS, done.stderr)
        with open(self.path("r")) as f:
            self.assertIn("1 passed", f.read())
        self.assertEqual(os.listdir(self.dir), ["r"])
        self.assertEqual(done.stdout, "")

    def test_symbolic_link(self):
        os.symlink(self.path("real"), self.path("link"))
        with open(self.path("real"), "w"):
            pass
        for option in ("--save", "-o"):
            self.assertEqual(memtrial("run", option, self.path("link"), QUICK).returncode, PASS)
            self.assertTrue(os.path.islink(self.path("link")), option)


class Scratch(LiveTest):
    def test_missing(self):
        done = memtrial("run", "--scratch", "/no/such", profile("phases"))
        self.assertEqual(done.returncode, USAGE)
        self.assert_one_line(done.stderr, "--scratch", "/no/such", "No such file")

    def test_no_directory(self):
        done = memtrial("run", "--scratch", "/dev/null", profile("phases"))
        self.assertEqual(done.returncode, USAGE)
        self.assert_one_line(done.stderr, "--scratch", "/dev/null")

    def test_read_only(self):
        done = private('mount -t tmpfs -o ro tmpfs /mnt; exec "$0" run --scratch /mnt "$1"',
                       profile("phases"))
        self.assertEqual(done.returncode, USAGE, done.stdout)
        self.assert_one_line(done.stderr, "/mnt", "Read-only")

    def test_too_small(self):
        """Known beforehand: the plan does not fit."""
        done = private('mount -t tmpfs -o size=70m tmpfs /mnt; exec "$0" run --scratch /mnt "$1"',
                       profile("phases"))
        self.assertEqual(done.returncode, support.SKIP, done.stdout + done.stderr)
        self.assertIn("disk", done.stdout)
        self.assertIn("--scratch", done.stdout)

    def test_full_meanwhile(self):
        """Somebody else fills it: BROKEN with the reason, and nothing of ours stays in it."""
        done = private('mount -t tmpfs -o size=330m tmpfs /mnt; code=0;'
                       '"$0" run --control 1s --scratch /mnt "$1" & '
                       'for i in $(seq 500); do [ ! -e /mnt/memtrial-* ] || break; sleep 0.01; done;'
                       'head -c 300M /dev/zero >/mnt/other || true;'
                       'wait $! || code=$?; ls -A /mnt >&2; exit $code', profile("write"))
        self.assertEqual(done.returncode, BROKEN, done.stdout + done.stderr)
        self.assertIn("the disk is full", done.stdout)
        self.assertEqual([l for l in done.stderr.splitlines() if l.startswith("memtrial-")], [])


if __name__ == "__main__":
    main()
