#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""odd_names.py RUN.json: the same result with names, sentences and log lines that want to be markup, on stdout."""
import json
import sys

ODD = "</script><script>window.hurt=1</script><img src=x onerror=window.hurt=1>]]>&amp;<!--'\"\\ \u2028\x01\x1b\n"


def odd(text, room=None):
    text = f"{text}{ODD}"
    return text if room is None else text[:room]


with open(sys.argv[1], encoding="utf-8") as f:
    run = json.load(f)
run["command"] = odd(run["command"])
for trial in run["trials"]:
    spec = trial["spec"]
    for key in ("profile", "name", "summary", "source", "why"):
        spec[key] = odd(spec[key] or key)
    for phase in spec["phases"]:
        phase["name"] = odd(phase["name"])
        phase["action"] = odd(phase["action"])
    for verdict in trial["verdicts"]:
        verdict["why"] = odd(verdict["why"], 500)
        verdict["expected"] = odd(verdict["expected"], 110)
        if verdict["check"] < 0:
            verdict["name"] = odd(verdict["name"], 120)
    for event in trial["events"]:
        event["text"] = odd(event["text"], 230)
    for oom in trial["ooms"]:
        oom["task"] = odd("x", 30)
    trial["facts"] = {odd(k): odd(v) for k, v in trial["facts"].items()}
    trial["verdict_why"] = odd(trial["verdict_why"], 500)
json.dump(run, sys.stdout)
