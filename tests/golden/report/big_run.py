# SPDX-License-Identifier: GPL-2.0-or-later
"""big_run.py RUN.json: its first trial as if it had taken ten minutes with 100 samples a second, on stdout.

Everything moves that a chart is drawn of; a slab cache is read at the end of each phase only, as in a real trial.
"""
import json
import random
import sys

ROWS = 60000
GAUGES = ("MemFree", "MemAvailable", "Buffers", "Cached", "AnonPages", "Shmem", "SReclaimable", "SUnreclaim",
          "PageTables", "Dirty", "Writeback", "SwapFree")
COUNTERS = ("pgscan_anon", "pgscan_file", "pgsteal_anon", "pgsteal_file", "pgfault", "pgmajfault", "pswpin", "pswpout")


def walk(rng, start, step, unit):
    """A number that a busy machine moves at nearly every sample."""
    v = start
    for _ in range(ROWS):
        yield v * unit
        v = max(0, v + rng.randint(-step, step))


def climb(rng, step):
    """A counter with quiet and busy times."""
    v, busy = 0, 0
    for _ in range(ROWS):
        yield v
        busy = rng.randint(0, 400) if rng.random() < 0.002 else busy
        v += rng.randint(0, step) if busy > 200 else 0


def column(name, unit, sampled=True):
    return {"name": name, "unit": unit, "flags": [], "noise": 0, "drift": 0, "sampled": sampled}


def main(path):
    rng = random.Random(1)
    with open(path, encoding="utf-8") as f:
        run = json.load(f)
    trial = run["trials"][0]
    run["trials"] = [trial]
    samples = {f"meminfo.{n}": ("bytes", walk(rng, 200000, 40, 4096)) for n in GAUGES}
    samples |= {f"vmstat.{n}": ("count", climb(rng, 900)) for n in COUNTERS}
    samples |= {f"psi.memory.{n}": ("ns", (v * 1000 for v in climb(rng, 9000))) for n in ("some", "full")}
    for group in ("hog", "neighbour"):
        samples[f"{group}/memory.current"] = ("bytes", walk(rng, 30000, 64, 4096))
        samples[f"{group}/memory.swap.current"] = ("bytes", walk(rng, 0, 1, 4096))
        samples[f"{group}/memory.events.oom_kill"] = ("count", (0 for _ in range(ROWS)))
    trial["duration_ns"] = ROWS * 10_000_000
    trial["columns"] = [column(n, unit) for n, (unit, _) in samples.items()]
    trial["columns"].append(column("slab.dentry.utilisation", "percent/1000", sampled=False))
    trial["samples"] = {"t_ns": [i * 10_000_000 + rng.randint(0, 300_000) for i in range(ROWS)],
                        "columns": {n: list(values) for n, (_, values) in samples.items()}}
    trial["samples_taken"] = ROWS
    trial["events"].append(dict(trial["events"][0], kind="fault", t_ns=300_000_000_000, text="a fault"))
    for i, reading in enumerate(trial["readings"]):
        reading["values"] = [0] * len(samples) + [(95 - 20 * i) * 1000] if reading["done"] else None
    json.dump(run, sys.stdout)


if __name__ == "__main__":
    main(sys.argv[1])
