# SPDX-License-Identifier: GPL-2.0-or-later
"""Trials at the same time: names of their own, and each judged by its own numbers alone."""
import json
import os
import tempfile

from support import PASS, LiveTest, main, profile


class Parallel(LiveTest):
    def results(self, runs):
        for run, save in runs:
            code, out = run.wait(120)
            self.assertEqual(code, PASS, out)
            self.assertEqual(run.left(), [])
            with open(save) as f:
                yield json.load(f)

    def start_all(self, *profiles):
        d = tempfile.TemporaryDirectory()
        self.addCleanup(d.cleanup)
        runs = []
        for i, names in enumerate(profiles):
            save = os.path.join(d.name, f"{i}.json")
            runs.append((self.start("run", "--save", save, *map(profile, names)), save))
        return runs

    def test_two_with_oom_kills(self):
        """Each sees one kill of its own, and passes by the other's as nobody's business."""
        runs = self.start_all(["oom"] * 4, ["oom"] * 4)
        ids = set()
        for result in self.results(runs):
            for trial in result["trials"]:
                ids.add(trial["id"])
                self.assertEqual(len(trial["ooms"]), 1)
                self.assertIn(trial["id"], trial["ooms"][0]["oom_memcg"])
        self.assertEqual(len(ids), 8)

    def test_global_numbers(self):
        """One holds still and looks at the machine's AnonPages while the other fills and frees."""
        runs = self.start_all(["machine-anon"], ["size", "phases", "size", "phases"],
                              ["machine-anon"])
        list(self.results(runs))

    def test_four(self):
        list(self.results(self.start_all(*[["null-hold", "size", "null-hold"]] * 4)))


if __name__ == "__main__":
    main()
