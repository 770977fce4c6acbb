# SPDX-License-Identifier: GPL-2.0-or-later
"""What run_suite.py and run_twins.py share: run profiles, take the saved verdicts apart.

Owns: the call of memtrial and the shape of its JSON. Does not own what the verdicts should be.
"""
import json
import os
import subprocess
import tempfile

SKIPPED = 77  # ctest's SKIP_RETURN_CODE
RUN_LIMIT_S = 600


class Trial:
    """One trial of a saved run."""

    def __init__(self, saved):
        self.name = saved["spec"]["name"]
        self.verdict = saved["verdict"]
        self.why = saved["verdict_why"]
        self.seconds = saved["duration_ns"] / 1e9
        phases = [p["name"] for p in saved["spec"]["phases"]]
        self.checks = [Check(v, phases) for v in saved["verdicts"]]

    def having(self, *verdicts):
        return [c for c in self.checks if c.verdict in verdicts]


class Check:
    """One verdict: of an expectation of the profile, or of what every trial must show."""

    def __init__(self, saved, phases):
        at = saved["phase"]
        self.name = saved["name"]
        self.phase = phases[at] if at >= 0 else "always"
        self.of_profile = saved["check"] >= 0
        self.verdict = saved["verdict"]
        self.value = saved["value"]
        self.why = saved["why"]

    def __str__(self):
        return f"{self.verdict} {self.name} in {self.phase}: {self.why}"


def run(binary, *args):
    """Run it and return the exit code, the trials that it saved, and what it said on stderr."""
    with tempfile.TemporaryDirectory(prefix="memtrial-test-") as where:
        saved = os.path.join(where, "run.json")
        env = {k: v for k, v in os.environ.items() if not k.startswith("MEMTRIAL")}
        done = subprocess.run([binary, *args, "--format", "json", "--save", saved],
                              stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
                              stderr=subprocess.PIPE, text=True, timeout=RUN_LIMIT_S, env=env)
        try:
            with open(saved) as f:
                trials = [Trial(t) for t in json.load(f)["trials"]]
        except (OSError, ValueError):
            trials = []
    return done.returncode, trials, done.stderr
