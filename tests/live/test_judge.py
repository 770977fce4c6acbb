# SPDX-License-Identifier: GPL-2.0-or-later
"""Saved results: the same verdicts anywhere and without root; a lie in the numbers is found."""
import copy
import json
import os
import re
import shutil
import subprocess
import tempfile

import support
from support import BROKEN, FAIL, NOBODY, PASS, USAGE, LiveTest, main, memtrial, profile


def table(text):
    """{check: verdict} of a text or KTAP report."""
    return re.findall(r"^ +(PASS|FAIL|BROKEN|SKIP|ok|not ok) +(\S+)", text, re.M)


class Judge(LiveTest):
    @classmethod
    def setUpClass(cls):
        cls.dir = tempfile.mkdtemp(prefix="memtrial-test-", dir="/var/tmp")
        os.chmod(cls.dir, 0o755)
        cls.save = os.path.join(cls.dir, "result.json")
        cls.run_text = memtrial("run", "--save", cls.save, profile("phases"), profile("oom"),
                                profile("size"))
        with open(cls.save) as f:
            cls.result = json.load(f)

    @classmethod
    def tearDownClass(cls):
        shutil.rmtree(cls.dir)

    def judged(self, result, *options, command="judge"):
        path = os.path.join(self.dir, "edited.json")
        with open(path, "w") as f:
            json.dump(result, f)
        os.chmod(path, 0o644)
        return memtrial(command, *options, path)

    def nobody(self, *args):
        binary = os.path.join(self.dir, "memtrial")
        if not os.path.exists(binary):
            shutil.copy(support.BINARY, binary)
        return subprocess.run(["setpriv", f"--reuid={NOBODY}", f"--regid={NOBODY}",
                               "--clear-groups", binary, *args], text=True, cwd="/",
                              stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
                              stderr=subprocess.PIPE, env=support.environment(), timeout=60)

    def edit(self, trial, column, value, phase=-1):
        """A copy of the result in which one reading (the last one) was lied about."""
        result = copy.deepcopy(self.result)
        t = result["trials"][trial]
        names = [c["name"] for c in t["columns"]]
        t["readings"][phase]["values"][names.index(column)] = value
        return result

    def verdict(self, done, trial):
        return json.loads(done.stdout)["trials"][trial]

    def test_the_run_passed(self):
        self.assertEqual(self.run_text.returncode, PASS, self.run_text.stdout)

    def test_same_verdicts_as_nobody(self):
        for form in ("text", "json", "ktap"):
            with self.subTest(format=form):
                mine = memtrial("judge", "--format", form, self.save)
                theirs = self.nobody("judge", "--format", form, self.save)
                report = self.nobody("report", "--format", form, self.save)
                self.assertEqual(theirs.returncode, PASS, theirs.stderr)
                self.assertEqual(report.returncode, PASS, report.stderr)
                self.assertEqual(mine.stdout, theirs.stdout)
                self.assertEqual(report.stdout, theirs.stdout)
        self.assertEqual(table(memtrial("judge", self.save).stdout), table(self.run_text.stdout))

    def test_formats_of_a_run(self):
        """-f and -o of the run itself, for a run that fails too."""
        for name, code in (("null-hold", PASS), ("null-wrong", FAIL)):
            for form in ("text", "json", "ktap"):
                with self.subTest(profile=name, format=form):
                    out = os.path.join(self.dir, "report")
                    save = os.path.join(self.dir, "saved")
                    done = memtrial("run", "-f", form, "-o", out, "--save", save, profile(name))
                    self.assertEqual((done.returncode, done.stdout), (code, ""), done.stderr)
                    with open(out) as f:
                        told = f.read()
                    again = self.nobody("judge", "-f", form, save)
                    self.assertEqual(again.returncode, code)
                    self.assertEqual(self.nobody("report", save).returncode, PASS)
                    if form == "json":
                        self.assertEqual(json.loads(told), json.loads(again.stdout))
                    else:
                        self.assertEqual(table(told), table(again.stdout))
                        self.assertTrue(table(told))

    def test_value_off_by_more_than_tolerance(self):
        column = "g/memory.stat.anon"
        trial = self.result["trials"][2]
        check = next(v for v in trial["verdicts"] if v["name"] == column)
        for value, want in ((check["high"], "PASS"), (check["high"] + 4096, "FAIL"),
                            (check["low"], "PASS"), (check["low"] - 4096, "FAIL")):
            with self.subTest(value=value):
                done = self.judged(self.edit(2, column, value), "--format", "json")
                told = next(v for v in self.verdict(done, 2)["verdicts"] if v["name"] == column)
                self.assertEqual(told["verdict"], want, told)
                if want == "FAIL":
                    self.assertEqual(done.returncode, FAIL)
                    self.assertEqual(told["compared"], value)
                    self.assertEqual((told["low"], told["high"]), (check["low"], check["high"]))

    def test_the_numbers_are_told(self):
        done = self.judged(self.edit(2, "g/memory.stat.anon", 64 << 20))
        self.assertEqual(done.returncode, FAIL)
        self.assertRegex(done.stdout, r"FAIL +g/memory.stat.anon +64M +expected 8M ± 1M")
        self.assertIn("size.yaml:", done.stdout)

    def test_stored_verdicts_are_not_believed(self):
        """`judge` forms them anew, `report` prints those in the file."""
        result = self.edit(2, "g/memory.stat.anon", 64 << 20)
        self.assertEqual(self.judged(result, command="report").returncode, PASS)
        self.assertNotIn("FAIL ", self.judged(result, command="report").stdout)
        self.assertEqual(self.judged(result).returncode, FAIL)

    def test_warning_in_the_log(self):
        result = copy.deepcopy(self.result)
        result["trials"][2]["events"].append({
            "kind": "kmsg", "t_ns": 1000, "phase": 0, "bad": True,
            "text": "warning: WARNING: CPU: 0 PID: 1 at mm/page_alloc.c:1 x+0x1/0x2"})
        done = self.judged(result)
        self.assertEqual(done.returncode, FAIL, done.stdout)
        self.assertRegex(done.stdout, r"FAIL +kernel log")
        self.assertIn("mm/page_alloc.c:1", done.stdout)

    def test_missing_oom_record(self):
        """Two sources tell of a kill, the log does not: they disagree."""
        result = copy.deepcopy(self.result)
        trial = result["trials"][1]
        trial["ooms"] = []
        names = [c["name"] for c in trial["columns"]]
        for reading in trial["readings"]:
            reading["values"][names.index("oom.kills")] = 0
        done = self.judged(result)
        self.assertNotEqual(done.returncode, PASS, done.stdout)

    def test_machine_that_changed(self):
        total = self.result["trials"][2]["readings"][0]["values"][
            [c["name"] for c in self.result["trials"][2]["columns"]].index("meminfo.MemTotal")]
        done = self.judged(self.edit(2, "meminfo.MemTotal", total - (1 << 20)))
        self.assertEqual(done.returncode, BROKEN, done.stdout)
        self.assertIn("MemTotal", done.stdout)

    def test_corruption(self):
        result = copy.deepcopy(self.result)
        result["trials"][2]["workers"][0].update(
            {"corrupt": 1, "outcome": "corrupt", "corrupt_addr": "0x7f0000001000",
             "corrupt_want": "0x1111", "corrupt_got": "0x1110", "corrupt_offset": 4096})
        done = self.judged(result)
        self.assertEqual(done.returncode, FAIL, done.stdout)
        self.assertIn("0x7f0000001000", done.stdout)

    def test_damaged_files(self):
        with open(self.save, "rb") as f:
            good = f.read()
        path = os.path.join(self.dir, "damaged.json")
        for name, content in (("empty", b""), ("half", good[:len(good) // 2]),
                              ("short", good[:-2]), ("garbage", os.urandom(4096)),
                              ("zeros", b"\0" * 4096), ("other JSON", b'{"a": 1}'),
                              ("a list", b"[]"), ("a number", b"1"),
                              ("version", good.replace(b'"version": 1', b'"version": 99', 1)
                               .replace(b'"version":1', b'"version":99', 1)),
                              ("deep", b"[" * 100000)):
            for command in ("judge", "report"):
                with self.subTest(file=name, command=command):
                    with open(path, "wb") as f:
                        f.write(content)
                    done = memtrial(command, path)
                    self.assertEqual(done.returncode, USAGE, done.stdout[:300] + done.stderr[:300])
                    self.assert_one_line(done.stderr, "damaged.json")
                    self.assertEqual(done.stdout, "")

    def test_indices_out_of_range(self):
        """Numbers of a file index tables: none of them is believed."""
        def put(*path):
            def change(result, value):
                at = result["trials"][0]
                for key in path[:-1]:
                    at = at[key]
                at[path[-1]] = value
            return change
        for change in (put("spec", "checks", 0, "phase"), put("spec", "checks", 0, "since"),
                       put("workers", 0, "stressor"), put("workers", 0, "group"),
                       put("events", 0, "phase"), put("spec", "groups", 0, "parent"),
                       put("readings", 1, "phase"), put("verdicts", 0, "check"),
                       put("spec", "stressors", 0, "groups", 0), put("cpus"), put("page_size"),
                       put("untils", 0, "phase"), put("verdicts", 0, "value")):
            for value in (-1000000, 1000000, 2**62):
                result = copy.deepcopy(self.result)
                change(result, value)
                for command in ("judge", "report"):
                    done = self.judged(result, command=command)
                    self.assertIn(done.returncode, (PASS, FAIL, USAGE, BROKEN, 4),
                                  done.stderr[:300])

    def test_missing_file(self):
        done = memtrial("judge", "/no/such.json")
        self.assertEqual(done.returncode, USAGE)
        self.assert_one_line(done.stderr, "/no/such.json")


if __name__ == "__main__":
    main()
