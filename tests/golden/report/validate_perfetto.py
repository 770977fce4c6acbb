#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""Validate a trace against the result that it came from: validate_perfetto.py RUN.json TRACE. Exit 1 on a mistake.

The form is the Trace Event Format as Perfetto's importer reads it (src/trace_processor/importers/json): what
each kind of event must have, tids that are unique over all processes, names for all of them, slices that do
not overlap. Of the result every phase, every event and every sample must be there: a counter keeps its value
until the next one.
"""
import json
import sys

NEEDS = {"M": {"args"}, "X": {"ts", "dur", "args"}, "C": {"ts", "args"}, "i": {"ts", "s", "cat"}}


def numbers(event):
    times = [event[k] for k in ("ts", "dur") if k in event]
    return times + (list(event["args"].values()) if event["ph"] == "C" else [])


def check_form(events):
    threads, processes, owner = set(), set(), {}
    for e in events:
        missing = ({"ph", "pid", "tid", "name"} | NEEDS.get(e.get("ph"), {"a known kind"})) - e.keys()
        if missing:
            yield f"{e}: without {sorted(missing)}"
            return
        if not all(isinstance(n, (int, float)) and not isinstance(n, bool) for n in numbers(e)) or \
                min([e.get("ts", 0), e.get("dur", 0)]) < 0 or not e["name"] or e.get("s", "t") != "t":
            yield f"{e}: wrong value"
        if e["ph"] == "C" and len(e["args"]) != 1:
            yield f"{e}: not one value"
        if owner.setdefault(e["tid"], e["pid"]) != e["pid"]:
            yield f"tid {e['tid']} in two processes"
        if e["ph"] == "M":
            (processes if e["name"] == "process_name" else threads).add(e["pid"] if e["name"] == "process_name" else e["tid"])
            if not e["args"].get("name"):
                yield f"{e}: no name"
    for e in events:
        if e["pid"] not in processes or (e["ph"] != "M" and e["tid"] not in threads):
            yield f"{e}: in a process or a thread without a name"
    ends = {}
    for e in sorted((e for e in events if e["ph"] == "X"), key=lambda e: e["ts"]):
        if e["ts"] < ends.get(e["tid"], 0) - 0.001:
            yield f"{e}: begins before the last one ends"
        ends[e["tid"]] = e["ts"] + e["dur"]


def at(points, us):
    """The value of a counter at a time."""
    value = None
    for ts, v in points:
        if ts > us + 0.0005:
            break
        value = v
    return value


def check_trial(trial, own, start):
    name = trial["spec"]["name"]
    instants = sum(e["ph"] == "i" for e in own)
    slices = sum(e["ph"] == "X" for e in own)
    phases = sum(e["kind"] == "phase" for e in trial["events"])
    if slices != phases or instants != len(trial["events"]) - phases:
        yield f"{name}: {slices} slices and {instants} instants for {len(trial['events'])} events, {phases} of them phases"
    points, per = {}, {"percent": 1000, "per s": 1000}
    for e in own:
        if e["ph"] == "C":
            (unit, value), = e["args"].items()
            points.setdefault(e["name"], []).append((e["ts"], value * per.get(unit, 1)))
    samples = trial["samples"] or {"t_ns": [], "columns": {}}
    for column, values in samples["columns"].items():
        for t, v in zip(samples["t_ns"], values):
            if isinstance(v, int) and at(points.get(column, []), (start + t) / 1000) != v:
                yield f"{name}: {column} at {t} ns is not {v}"
                return


def check(run, trace):
    events = trace["traceEvents"]
    yield from check_form(events)
    pids = list(dict.fromkeys(e["pid"] for e in events))
    if len(pids) != len(run["trials"]):
        yield f"{len(pids)} processes for {len(run['trials'])} trials"
        return
    first = min((t["started_unix_ns"] for t in run["trials"] if t["started_unix_ns"]), default=0)
    for trial, pid in zip(run["trials"], pids):
        yield from check_trial(trial, [e for e in events if e["pid"] == pid], max(0, trial["started_unix_ns"] - first))


def main(run, trace):
    with open(run, encoding="utf-8") as f, open(trace, encoding="utf-8") as g:
        mistakes = list(check(json.load(f), json.load(g)))
    print("\n".join(mistakes), end="\n" if mistakes else "")
    return 1 if mistakes else 0


if __name__ == "__main__":
    if len(sys.argv) != 3:
        sys.exit(__doc__)
    sys.exit(main(*sys.argv[1:]))
