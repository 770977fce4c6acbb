# SPDX-License-Identifier: GPL-2.0-or-later
"""As nobody: all that needs no privilege works, a run is SKIP with the reason, and in a delegated
group it really runs, with what is possible there."""
import json
import os
import shutil
import subprocess
import tempfile

import support
from support import (FAIL, NOBODY, PASS, PROFILES, SKIP, LiveTest, entries, main, memtrial, profile,
                     wait_until)


class Nobody(LiveTest):
    def setUp(self):
        # A place that nobody can reach, wherever the build and the sources are.
        self.dir = tempfile.mkdtemp(prefix="memtrial-test-", dir="/var/tmp")
        self.addCleanup(shutil.rmtree, self.dir)
        self.binary = shutil.copy(support.BINARY, self.dir)
        self.profiles = shutil.copytree(PROFILES, os.path.join(self.dir, "live"))
        os.chown(self.dir, NOBODY, NOBODY)

    def nobody(self, *args, **kw):
        return subprocess.run(
            ["setpriv", f"--reuid={NOBODY}", f"--regid={NOBODY}", "--clear-groups",
             "--no-new-privs", self.binary, *args], text=True, timeout=60, cwd=self.dir,
            stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.PIPE,
            env=support.environment(), **kw)

    def own(self, name):
        return os.path.join(self.profiles, name + ".yaml")

    def delegated(self, limit=None):
        """A group that belongs to nobody, as systemd's Delegate=yes would give it, its limit root's."""
        group = os.path.join(support.MEMORY_BASE, f"memtrial-safety-{os.getpid()}")
        os.mkdir(group)
        self.addCleanup(self.remove, group)
        if limit:
            v1 = os.path.join(group, "memory.limit_in_bytes")
            with open(v1 if os.path.exists(v1) else os.path.join(group, "memory.max"), "w") as f:
                f.write(limit)
        os.chown(group, NOBODY, NOBODY)
        for name in ("cgroup.procs", "tasks", "cgroup.subtree_control", "cgroup.threads"):
            if os.path.exists(os.path.join(group, name)):
                os.chown(os.path.join(group, name), NOBODY, NOBODY)
        return group

    def remove(self, group):
        if os.path.exists(group):
            memtrial("clean", "--all", "--in", group)
            os.rmdir(group)

    def test_reading_commands(self):
        for args in (["--help"], ["probe"], ["list", "metrics"], ["show", "anon"],
                     ["check", self.own("phases")], ["check", self.profiles]):
            with self.subTest(args=args):
                done = self.nobody(*args)
                self.assertEqual(done.returncode, PASS, done.stderr)
                self.assertEqual(done.stderr, "")
                self.assertTrue(done.stdout)

    def test_plan_and_run_are_skipped(self):
        for command in ("plan", "run"):
            with self.subTest(command=command):
                done = self.nobody(command, self.own("phases"))
                self.assertEqual(done.returncode, SKIP, done.stdout + done.stderr)
                self.assertIn("SKIP", done.stdout)
                self.assertIn("needs memcg", done.stdout)
        self.assertEqual(entries(self.dir, "result"), [])

    def test_group_that_is_not_ours(self):
        done = self.nobody("run", "--in", support.MEMORY_BASE, self.own("null-hold"))
        self.assertEqual(done.returncode, SKIP, done.stdout + done.stderr)
        self.assertIn("Permission denied", done.stdout)

    def test_delegated(self):
        group = self.delegated()
        save = os.path.join(self.dir, "result.json")
        for name in ("null-hold", "size", "phases"):
            with self.subTest(profile=name):
                done = self.nobody("run", "--in", group, "--save", save, self.own(name))
                self.assertEqual(done.returncode, PASS, done.stdout + done.stderr)
                self.assertNotIn("BROKEN", done.stdout)
                # What root has and nobody has not is said, not passed over.
                self.assertIn("the kernel log could not be read", done.stdout)
                self.assertEqual(entries(group, "memtrial-"), [])
                again = self.nobody("judge", save)
                self.assertEqual(again.returncode, PASS, again.stdout + again.stderr)

    def test_delegated_budgets_are_larger(self):
        """Without stat_refresh the per-CPU counters are a term of the tolerance."""
        done = self.nobody("run", "--in", self.delegated(), self.own("phases"))
        self.assertIn("per-CPU counters", done.stdout)
        self.assertNotIn("per-CPU counters", memtrial("run", profile("phases")).stdout)

    def test_delegated_oom(self):
        """The kernel log is one of three sources: what needs it is SKIP, the rest is judged."""
        save = os.path.join(self.dir, "result.json")
        done = self.nobody("run", "--in", self.delegated(), "--save", save, self.own("oom"))
        self.assertEqual(done.returncode, PASS, done.stdout + done.stderr)
        with open(save) as f:
            verdicts = {v["name"]: v for v in json.load(f)["trials"][0]["verdicts"]}
        for name, want in (("eater.outcome", "PASS"), ("hog/memory.events.oom_kill", "PASS"),
                           ("oom.kills", "SKIP"), ("oom.victim", "SKIP")):
            self.assertEqual(verdicts[name]["verdict"], want, verdicts[name])
            if want == "SKIP":
                self.assertIn("kernel log", verdicts[name]["why"])

    def test_delegated_fails_too(self):
        done = self.nobody("run", "--in", self.delegated(), self.own("null-wrong"))
        self.assertEqual(done.returncode, FAIL, done.stdout + done.stderr)

    def test_limit_above(self):
        """The limit of a group that is there is put on trial; without one there is nothing to try."""
        suites = shutil.copytree(support.environment()["MEMTRIAL_PROFILES"], os.path.join(self.dir, "all"))
        group = self.delegated("160M")
        ran = ("--profiles", suites, "-q", "container")
        done = self.nobody("run", "--in", group, *ran)
        self.assertEqual(done.returncode, PASS, done.stdout + done.stderr)
        self.assertRegex(done.stdout, r"cache +PASS.*\nlimit +PASS")
        limit = os.path.join(suites, "container", "limit.yaml")
        with open(limit) as f:
            text = f.read()
        with open(limit, "w") as f:
            f.write(text.replace("eater.outcome:               oom-killed", "eater.outcome: running"))
        done = self.nobody("run", "--in", group, *ran[:-1], "container/limit")
        self.assertEqual(done.returncode, FAIL, done.stdout + done.stderr)
        self.remove(group)
        done = self.nobody("run", "--in", self.delegated(), *ran)
        self.assertEqual(done.returncode, SKIP, done.stdout + done.stderr)
        self.assertIn("no memory.max above the trial's groups", done.stdout)

    def test_delegated_kill(self):
        group = self.delegated()
        run = self.start("run", "--in", group, profile("phases"), base=group, user=NOBODY,
                         group=NOBODY, extra_groups=[], executable=self.binary)
        self.assertTrue(run.wait_talk(r"fill: "), run.talk)
        run.kill()
        run.wait()
        self.assert_nothing_left(run)

    def test_delegated_clean(self):
        group = self.delegated()
        run = self.start("run", "--in", group, profile("phases"), base=group, user=NOBODY,
                         group=NOBODY, extra_groups=[], executable=self.binary)
        self.assertTrue(run.wait_talk(r"fill: "), run.talk)
        guard = run.guard()
        run.kill(guard)
        run.kill()
        run.wait()
        self.assertTrue(wait_until(lambda: not support.marked(run.mark)))
        self.assertTrue(run.groups())
        done = self.nobody("clean", "--in", group)
        self.assertEqual(done.returncode, PASS, done.stderr)
        self.assertEqual(run.left(), [])


if __name__ == "__main__":
    main()
