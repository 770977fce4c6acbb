# SPDX-License-Identifier: GPL-2.0-or-later
"""The command line's mistakes: one line on stderr, exit code 2, nothing on stdout, nothing done."""
from support import PASS, USAGE, LiveTest, main, memtrial, profile

NULL = profile("null-hold")
SIZE = profile("size")

# (arguments, words that the one line must have)
MISTAKES = [
    (["frobnicate"], ["unknown command frobnicate"]),
    (["rum"], ["rum", 'did you mean "run"']),
    (["--frobnicate"], ["unknown option --frobnicate"]),
    (["run", "--sead", "1", NULL], ["--sead", '"--seed"']),
    (["run", "-x", NULL], ["unknown option -x"]),
    (["run", NULL, "--seed"], ["--seed", "value"]),
    (["run", NULL, "-s"], ["-s", "value"]),
    (["run", "--quiet=yes", NULL], ["--quiet", "no value"]),
    (["run", "--set", "size", SIZE], ["NAME=VALUE", "size"]),
    (["run", "--set", "=1", SIZE], ["NAME=VALUE"]),
    (["run", "--seed", "many", NULL], ["--seed", "many"]),
    (["run", "--seed", "", NULL], ["--seed"]),
    (["run", "--seed", "-1", NULL], ["--seed", "-1"]),
    (["run", "--seed", "1x", NULL], ["--seed", "1x"]),
    (["run", "--seed", "99999999999999999999999", NULL], ["--seed"]),
    (["run", "--reserve", "much", NULL], ["--reserve", "much"]),
    (["run", "--reserve", "-1M", NULL], ["--reserve", "-1M"]),
    (["run", "--reserve", "1s", NULL], ["--reserve", "1s"]),
    (["run", "--sample", "1M", NULL], ["--sample", "1M"]),
    (["run", "--sample", "1us", NULL], ["--sample", "1us"]),
    (["run", "--sample", "-5ms", NULL], ["--sample", "-5ms"]),
    (["run", "--control", "soon", NULL], ["--control", "soon"]),
    (["run", "--control", "-1s", NULL], ["--control", "-1s"]),
    (["run", "--rounds", "0", NULL], ["--rounds", "out of range"]),
    (["run", "--rounds", "often", NULL], ["--rounds", "often"]),
    (["run", "--for", "-1s", NULL], ["--for", "-1s"]),
    (["run", "--for", "3", NULL], ["--for", "3"]),
    (["run", "--format", "xml", NULL], ["--format", "xml", "json"]),
    (["run", "--color", "pink", NULL], ["--color", "pink"]),
    (["run", "--in", "/no/such", NULL], ["--in", "/no/such"]),
    (["run", "--in", "/tmp", NULL], ["--in", "/tmp", "memory controller"]),
    (["run", "--scratch", "/no/such", NULL], ["--scratch", "/no/such"]),
    (["run", "--sysroot", "/", NULL], ["--sysroot"]),
    (["run", "no-such-profile"], ["no-such-profile"]),
    (["run", "/no/such.yaml"], ["/no/such.yaml", "No such file"]),
    (["run", "--tag", "no-such-tag", NULL], ["no-such-tag"]),
    (["plan", "--sysroot", "/no/such", NULL], ["/no/such"]),
    (["plan", "--reserve", "x", NULL], ["--reserve"]),
    (["check", "/no/such.yaml"], ["/no/such.yaml", "No such file"]),
    (["show"], ["show"]),
    (["show", "anom"], ["anom", 'did you mean "anon"']),
    (["show", "anon", "null"], ["show"]),
    (["list", "dogs"], ["dogs", "stressors"]),
    (["probe", "now"], ["no arguments", "now"]),
    (["clean", "now"], ["no arguments", "now"]),
    (["judge"], ["judge"]),
    (["report", "a", "b"], ["report"]),
    (["doc"], ["man", "bash"]),
]


class Usage(LiveTest):
    def test_mistakes(self):
        for args, words in MISTAKES:
            with self.subTest(args=args):
                done = memtrial(*args)
                self.assertEqual(done.returncode, USAGE, done.stdout[-500:] + done.stderr)
                self.assert_one_line(done.stderr, *words)
                self.assertEqual(done.stdout, "")

    def test_set_of_a_profile(self):
        """The profile's diagnostics, with the option's own words."""
        for value, words in (("nosuch=1", "nosuch"), ("size=wet", "wet"), ("size=1s", "size"),
                             ("size=", "size")):
            with self.subTest(set=value):
                done = memtrial("run", "--set", value, SIZE)
                self.assertEqual(done.returncode, USAGE, done.stdout)
                self.assertIn(words, done.stderr)
                self.assertIn("error", done.stderr)
                self.assertEqual(done.stdout, "")

    def test_mistake_in_the_last_stops_the_first(self):
        done = memtrial("run", NULL, "--set", "size=8M", SIZE)
        self.assertEqual(done.returncode, USAGE)
        self.assertEqual(done.stdout, "")

    def test_without_words(self):
        done = memtrial()
        self.assertEqual(done.returncode, USAGE)
        self.assertIn("usage: memtrial", done.stderr)
        self.assertEqual(done.stdout, "")

    def test_options_that_work(self):
        done = memtrial("run", "--seed", "0x10", "--sample", "20ms", "--control=100ms", "-q",
                        "--reserve", "64M", "-s", "size=4M", "--", SIZE)
        self.assertEqual(done.returncode, PASS, done.stderr)
        self.assertIn("--seed 16", done.stdout)

    def test_run_again(self):
        """The line that runs it again does, with whatever the shell makes of it."""
        import shlex
        done = memtrial("run", "--set", "size=2 x 4M", "--reserve", "64M", SIZE)
        self.assertEqual(done.returncode, PASS, done.stdout)
        line = next(l for l in done.stdout.splitlines() if l.startswith("run again: "))
        words = shlex.split(line[len("run again: "):])
        self.assertEqual(words[0], "memtrial")
        self.assertIn("size=2 x 4M", words)
        self.assertIn("--reserve", words)
        self.assertEqual(memtrial(*words[1:]).returncode, PASS)


if __name__ == "__main__":
    main()
