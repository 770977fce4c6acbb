# SPDX-License-Identifier: GPL-2.0-or-later
"""Workers that end as nobody asked, commands that lie, plans that cannot be: told, and undone."""
import json
import re

from support import BROKEN, FAIL, PASS, SKIP, LiveTest, main, memtrial, profile


class Ends(LiveTest):
    def run_to_end(self, *args):
        run = self.start("run", *args)
        code, out = run.wait()
        self.assertEqual(run.left(), [])
        return code, out

    def test_unexpected(self):
        for end, words in (("crash", "crashed by signal 11"), ("error", "null was told to fail"),
                           ("killed", "by signal 9")):
            with self.subTest(end=end):
                code, out = self.run_to_end(profile(f"end-{end}"))
                self.assertEqual(code, BROKEN, out)
                self.assertIn(words, out)

    def test_expected(self):
        for end in ("crash", "error", "killed"):
            with self.subTest(end=end):
                code, out = self.run_to_end(profile(f"end-{end}-expected"))
                self.assertEqual(code, PASS, out)

    def test_number_waited_for(self):
        """A miss says what the number was."""
        code, out = self.run_to_end(profile("until-number"))
        self.assertEqual(code, FAIL, out)
        self.assertRegex(" ".join(out.split()), r"which had 300ms; g/memory.stat.anon was 4\.?\d*M then")

    def test_rounds(self):
        """The first is reported, the soak comes last; a failure of a later one is told, too."""
        code, out = self.run_to_end("--rounds", "2", "-q", profile("null-hold"))
        self.assertEqual(code, PASS, out)
        self.assertRegex(out, r"null-hold +PASS.*\nsoak +SKIP[^\n]*\n.*17 rounds")
        code, out = self.run_to_end("--rounds", "3", "-q", profile("end-crash"))
        self.assertEqual(code, BROKEN, out)
        self.assertEqual(len(re.findall(r"^end-crash +BROKEN", out, re.M)), 3, out)

    def test_set_up_that_fails(self):
        code, out = self.run_to_end(profile("setup-fails"))
        self.assertEqual(code, BROKEN, out)
        self.assertRegex(out, r"command.*exit")

    def test_fuse(self):
        """The fuse stops what the plan did not know of, and the trial is BROKEN for it."""
        code, out = self.run_to_end(profile("fuse"))
        self.assertEqual(code, BROKEN, out)
        table = out[out.index("trial "):]
        self.assertRegex(table, r"fuse  +BROKEN")
        self.assertIn("fuse", table.split("BROKEN", 1)[1])
        self.assertRegex(out, r"oom-kill|OOM")

    def test_oom_kill(self):
        """It is heard from the group itself, and what the kernel logged of it is kept."""
        code, out = self.run_to_end("--format", "json", "oom/hog-dies-neighbour-lives")
        self.assertEqual(code, PASS, out)
        trial = json.loads(out)["trials"][0]
        told = [e["text"] for e in trial["events"] if e["kind"] == "note" and "OOM" in e["text"]]
        self.assertEqual(told, ["hog: OOM kill counted (1)"])
        lines = [line["text"] for line in trial["log"]]
        self.assertEqual(trial["log_dropped"], 0)
        for words in ("invoked oom-killer", "Tasks state", "oom-kill:constraint=CONSTRAINT_MEMCG", "Killed process"):
            self.assertEqual(sum(words in line for line in lines), 1, (words, lines))

    def test_until_that_never_comes(self):
        code, out = self.run_to_end(profile("until-missed"))
        self.assertEqual(code, 1, out)
        self.assertRegex(out, r"FAIL +until")


class Fit(LiveTest):
    def test_too_large(self):
        """Refused with the sum before anything is made."""
        run = self.start("run", "--set", "size=1T", profile("size"))
        code, out = run.wait()
        self.assertEqual(code, SKIP, out)
        self.assertRegex(re.sub(r"\s+", " ", out),
                         r"may use 1\.\d+T, which does not fit this machine: .* less a reserve of")
        self.assertNotIn("preparing", run.talk)

    def test_reserve(self):
        done = memtrial("run", "--reserve", "1T", profile("size"))
        self.assertEqual(done.returncode, SKIP, done.stdout)
        self.assertIn("1T", done.stdout)
        done = memtrial("run", "--reserve", "64M", profile("size"))
        self.assertEqual(done.returncode, PASS, done.stdout)

    def test_plan_says_so_too(self):
        done = memtrial("plan", "--set", "size=1T", profile("size"))
        self.assertEqual(done.returncode, SKIP, done.stdout)
        self.assertIn("does not fit", done.stdout)

    def test_whole_machine_must_fit_too(self):
        """Leave to change the machine is none to exhaust it: only a profile that needs that may."""
        done = memtrial("plan", "--whole-machine", "--set", "size=1T", profile("size"))
        self.assertEqual(done.returncode, SKIP, done.stdout)
        self.assertIn("does not fit", done.stdout)


if __name__ == "__main__":
    main()
