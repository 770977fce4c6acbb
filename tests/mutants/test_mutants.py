#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""The scripts of the mutants, without a kernel: the table, the edits on a small tree, the report on
results made here."""
import glob
import json
import os
import re
import subprocess
import sys
import tempfile
import unittest
import zlib

import edit
import kept
import mutants
import report

HERE = os.path.dirname(os.path.abspath(__file__))
PROFILES = os.path.join(HERE, "..", "..", "profiles")

TREE = {
    "mm/x.c": '''\
// SPDX-License-Identifier: GPL-2.0
#include <linux/mm.h>

static int helper(int n);

/* not this { brace */
static int helper(int n)
{
	/* nor } this */
	if (n > 1 &&
	    n < 9)
		return tell("}", n);
	count(n);
	return 0;
}

struct thing *
twice(struct thing *t)
{
	count(t->a);
	count(t->b);
	return t;
}
''',
    "mm/bare.c": "static void bare(void)\n{\n\tcount(1);\n}\n",
    "mm/Makefile": "obj-y := x.o bare.o\n",
}
HELPER = ("mm/x.c", "helper")


def put_tree(into, tree):
    for name, text in tree.items():
        os.makedirs(os.path.join(into, os.path.dirname(name)), exist_ok=True)
        with open(os.path.join(into, name), "w", encoding="utf-8") as f:
            f.write(text)
    os.makedirs(os.path.join(into, "include/linux"), exist_ok=True)


def flat(text):
    return re.sub(r"\s+", " ", text)


class Edits(unittest.TestCase):
    def edited(self, *edits):
        return flat(edit.apply_edits(TREE["mm/x.c"], [(f"M{n}", e) for n, e in enumerate(edits)]))

    def test_each_kind(self):
        self.assertIn("if (!(memtrial_is(M0))) count(n); return 0;", self.edited(edit.skip(*HELPER, "count(n);")))
        self.assertIn("if (!(memtrial_nth(M0, 8))) count(n);",
                      self.edited(edit.skip(*HELPER, "count(n);", "MUT(8)")))
        self.assertIn("if (memtrial_is(M0)) return 1; return 0;",
                      self.edited(edit.before(*HELPER, "return 0;", "if (MUT) return 1;")))
        self.assertIn("count(n); count(memtrial_is(M0)); return 0;",
                      self.edited(edit.after(*HELPER, "count(n);", "count(MUT);")))
        self.assertIn("{ early(); /* nor } this */", self.edited(edit.top(*HELPER, "early();")))
        self.assertIn("if (n > 1 && n < 9 || memtrial_is(M0))",
                      self.edited(edit.swap(*HELPER, "n > 1 && n < 9", "$0 || MUT")))
        self.assertIn("return t + 1;", self.edited(edit.swap("mm/x.c", "twice", "return t;", "return t + 1;")))

    def test_many_at_one_place(self):
        both = self.edited(edit.swap(*HELPER, "count(n)", "(MUT ? 0 : $0)"),
                           edit.skip(*HELPER, "count(n);"),
                           edit.before(*HELPER, "count(n);", "first();"),
                           edit.after(*HELPER, "count(n);", "last();"),
                           edit.swap(*HELPER, "count(n)", "($0)"))
        self.assertIn("first(); if (!(memtrial_is(M1))) ((memtrial_is(M0) ? 0 : count(n))); last(); return 0;",
                      both.replace("( (", "(("))

    def test_refused(self):
        for wrong, said in ((edit.skip(*HELPER, "forget(n);"), "there 0 times"),
                            (edit.skip("mm/x.c", "twice", "count("), "there 2 times"),
                            (edit.skip("mm/x.c", "absent", "count("), "no function absent"),
                            (edit.before(*HELPER, 'return tell("}", n);', "x();"), "no other statement fits")):
            with self.assertRaisesRegex(edit.EditError, said):
                edit.locate(TREE["mm/x.c"], wrong)
        with self.assertRaisesRegex(edit.EditError, "is replaced, and something in it too"):
            self.edited(edit.swap(*HELPER, "n > 1 && n < 9", "0"), edit.swap(*HELPER, "n < 9", "1"))


class Trees(unittest.TestCase):
    def setUp(self):
        self.dir = tempfile.TemporaryDirectory()
        put_tree(self.dir.name, TREE)
        self.addCleanup(self.dir.cleanup)

    def table(self, *edits):
        return {f"m-{n}": mutants.Mutant(f"m-{n}", "it is broken", "oom/group-kill", e)
                for n, e in enumerate(edits)}

    def test_files(self):
        files = mutants.changed(self.dir.name, self.table(edit.skip(*HELPER, "count(n);"),
                                                          edit.top("mm/bare.c", "bare", "if (MUT) return;")))
        self.assertEqual(sorted(files), ["include/linux/memtrial.h", "mm/Makefile", "mm/bare.c", "mm/memtrial.c",
                                         "mm/x.c"])
        self.assertIn("#include <linux/memtrial.h>\n#include <linux/mm.h>\n", files["mm/x.c"])
        self.assertTrue(files["mm/bare.c"].startswith("#include <linux/memtrial.h>\n"))
        self.assertIn(f'{{ {zlib.crc32(b"m-1") & 0x7fffffff:#x}, "m-1" }},', files["mm/memtrial.c"])
        self.assertIn("/* m-0 */))) count(n);", files["mm/x.c"])
        self.assertIn("obj-y += memtrial.o", files["mm/Makefile"])

    def test_error_names_mutant(self):
        with self.assertRaisesRegex(SystemExit, r"mutant m-0: mm/x.c, helper\(\): 'forget' is there 0 times"):
            mutants.changed(self.dir.name, self.table(edit.skip(*HELPER, "forget")))
        with self.assertRaisesRegex(SystemExit, "mutant m-0: mm/none.c: No such file"):
            mutants.changed(self.dir.name, self.table(edit.skip("mm/none.c", "helper", "forget")))

    def test_apply_refuses_another_tree(self):
        done = subprocess.run([os.path.join(HERE, "apply"), "--check", self.dir.name], capture_output=True,
                              text=True, check=False)
        self.assertEqual(done.returncode, 1)
        self.assertEqual(done.stderr.count("mutant charge-lost: mm/memcontrol.c: No such file"), 1)


class Table(unittest.TestCase):
    def test_well_formed(self):
        table = mutants.load()
        self.assertGreaterEqual(len(table), 45)
        for m in table.values():
            self.assertRegex(m.name, r"^[a-z][a-z0-9]*(-[a-z0-9]+)*$")
            self.assertTrue(m.broken and m.edits and m.profiles, m.name)
            self.assertNotRegex(m.broken, r"\.$")
            for p in m.profiles:
                self.assertTrue(os.path.exists(os.path.join(PROFILES, p + ".yaml")), f"{m.name}: no profile {p}")
            for e in m.edits:
                self.assertRegex(e.splice, r"\bMUT\b|\$0", m.name)


def trial(name, verdict, *checks):
    """CHECKS: name, unit, delta, value, expected, verdict."""
    return {
        "verdict": verdict, "verdict_why": f"1 of {len(checks)} checks failed",
        "spec": {"name": name, "phases": [{"name": "held"}],
                 "checks": [{"unit": c[1], "delta": c[2]} for c in checks]},
        "verdicts": [{"verdict": c[5], "check": n, "name": c[0], "phase": 0, "value": c[3], "compared": c[3],
                      "word": c[3] if isinstance(c[3], str) else None, "expected": c[4], "why": ""}
                     for n, c in enumerate(checks)],
    }


GOOD = ("box/memory.stat.anon", "bytes", True, 0, "+0", "PASS")
LEAK = ("meminfo.AnonPages", "bytes", True, 3 << 19, "+0", "FAIL")
WORD = ("eater.outcome", "word", False, "running", "oom-killed", "FAIL")
TEXT = """\
a/one  FAIL  1s
  one claim
  phase held: start x
    PASS    box/memory.stat.anon  +0  expected +0
            accepted exactly +0
    FAIL    meminfo.AnonPages  +1.5M  expected +0

trial  verdict
"""
REPORT = """\
# Power: broken kernels, and who caught them

3 of 4 mutants were run, 2 were caught. The same kernel without a mutant: 1 BROKEN, 1 PASS.

- healthy: BROKEN a/two: 1 of 0 checks failed
## Not caught

- **m-2**: it is broken. the guest hangs: it said nothing: PASS a/one

## Caught

| mutant | what is broken | trial, phase | check | value | expected | also caught by |
|---|---|---|---|---|---|---|
| f/m-0 | it is broken | a/one, held | meminfo.AnonPages | +1.5M | +0 | a/two |
| f/m-1 | it is broken | a/two, held | eater.outcome | running | oom-killed |  |

## Profiles

How many mutants a profile caught, which no other that was run on them did, or why it is kept without any.

| profile | caught | of | alone |
|---|---|---|---|
| a/one | 1 | 3 | *no reason is given* |
| a/two | 2 | 2 | m-1 |
"""


class Report(unittest.TestCase):
    def test_reasons_are_of_profiles_that_are_there(self):
        for name in kept.KEPT:
            self.assertTrue(os.path.exists(os.path.join(PROFILES, name + ".yaml")), name)

    def test_each_profile_has_a_mutant_or_a_reason(self):
        named = {p for m in mutants.load().values() for p in m.profiles}
        for path in glob.glob(os.path.join(PROFILES, "*", "*.yaml")):
            name = os.path.relpath(path, PROFILES)[:-len(".yaml")]
            with open(path, encoding="utf-8") as f:
                in_gate = re.search(r"^tags:.*\b(ci|faults)\b", f.read(), re.M)
            if in_gate:
                self.assertTrue(name in named or name in kept.KEPT, name)

    def test_report(self):
        with tempfile.TemporaryDirectory() as d:
            for name, text, *trials in (
                    ("m-0", TEXT, trial("a/one", "FAIL", GOOD, LEAK), trial("a/two", "FAIL", WORD)),
                    ("m-1", "", trial("a/one", "PASS", GOOD), trial("a/two", "FAIL", WORD)),
                    ("m-2", "memtrial: the guest hangs: it said nothing\n", trial("a/one", "PASS", GOOD)),
                    ("healthy", "", trial("a/one", "PASS", GOOD), trial("a/two", "BROKEN"))):
                with open(os.path.join(d, name + ".usual.json"), "w", encoding="utf-8") as f:
                    json.dump({"trials": trials}, f)
                with open(os.path.join(d, name + ".usual.txt"), "w", encoding="utf-8") as f:
                    f.write(text)
            table = {f"m-{n}": mutants.Mutant(f"m-{n}", "it is broken", "a/one a/two") for n in range(4)}
            for m in table.values():
                m.family = "f"
            self.assertFalse(report.write(d, d, table))
            with open(os.path.join(d, "POWER.md"), encoding="utf-8") as f:
                self.assertEqual(f.read(), REPORT)
            self.assertEqual(os.listdir(os.path.join(d, "texts")), ["m-0.txt"])
            with open(os.path.join(d, "texts", "m-0.txt"), encoding="utf-8") as f:
                self.assertEqual(f.read(), TEXT.split("    PASS")[0] +
                                 "    FAIL    meminfo.AnonPages  +1.5M  expected +0\n")


if __name__ == "__main__":
    sys.dont_write_bytecode = True
    unittest.main()
