# SPDX-License-Identifier: GPL-2.0-or-later
"""POWER.md and texts/ out of what the guests left: who caught which mutant, with which number."""
import collections
import glob
import json
import os
import re

from kept import KEPT

HEALTHY = "healthy"
NO_REASON = "no reason is given"


class Catch:
    """A trial that failed on a mutant, and the check that says why."""

    def __init__(self, trial):
        self.profile = trial["spec"]["name"]
        failed = [v for v in trial["verdicts"] if v["verdict"] == "FAIL"]
        own = [v for v in failed if v["check"] >= 0]
        self.checks = len(failed)
        v = (own or failed or [None])[0]
        if v is None:
            self.check, self.phase, self.value, self.expected = trial["verdict_why"], "", "", ""
            return
        phases = [p["name"] for p in trial["spec"]["phases"]]
        self.phase = phases[v["phase"]] if v["phase"] >= 0 else "always"
        self.check, self.expected = v["name"], v["expected"] or v["why"]
        spec = trial["spec"]["checks"][v["check"]] if v["check"] >= 0 else {"unit": implied_unit(v["name"])}
        if v["word"] is not None:
            self.value = v["word"]
        else:
            value = v["compared"] if v["compared"] is not None else v["value"]
            self.value = number(value, spec.get("unit"), spec.get("delta"))


def implied_unit(name):
    """Of the checks that no profile asks for: a wait, or what a group and its parts hold."""
    if name == "until":
        return "ns"
    return "bytes" if ": " in name or " moved " in name else "count"


def number(value, unit, delta):
    if value is None:
        return ""
    sign = "+" if delta and value >= 0 else ""
    if unit == "bytes":
        for size, letter in ((1 << 30, "G"), (1 << 20, "M"), (1 << 10, "K")):
            if abs(value) >= size:
                return f"{sign}{value / size:.3f}".rstrip("0").rstrip(".") + letter
    if unit == "ns":
        return f"{sign}{value / 1e9:.3f}s"
    return f"{sign}{value}"


class Guest:
    """What one mutant's guests, one a shape, left."""

    def __init__(self, save, name):
        self.name, self.trials, self.texts = name, [], []
        for path in sorted(glob.glob(os.path.join(save, f"{name}.*.json"))):
            with open(path, encoding="utf-8") as f:
                self.trials += json.load(f)["trials"]
        for path in sorted(glob.glob(os.path.join(save, f"{name}.*.txt"))):
            with open(path, encoding="utf-8", errors="replace") as f:
                self.texts.append(f.read())

    def ran(self):
        return bool(self.texts)

    def catches(self):
        return [Catch(t) for t in self.trials if t["verdict"] == "FAIL"]

    def crash(self):
        """What the gate says of a guest that did not come to its end."""
        for text in self.texts:
            found = re.search(r"^memtrial: the guest (?!.*: up after)[^\n]*", text, re.M)
            if found:
                return found[0].removeprefix("memtrial: ")
        return None

    def counts(self):
        return collections.Counter(t["verdict"] for t in self.trials)

    def text(self, profile):
        """The report of a trial, without the checks that held."""
        for text in self.texts:
            block = re.search(rf"^{re.escape(profile)} +FAIL\b.*?(?=^\S+ +(?:PASS|FAIL|SKIP|BROKEN) |\Z|"
                              r"^memtrial: |^trial +verdict)", text, re.M | re.S)
            if block:
                return re.sub(r"^    PASS .*\n(?:            .*\n)*", "", block[0], flags=re.M).rstrip() + "\n"
        return None


def cell(text):
    return str(text).replace("|", "\\|").replace("\n", " ")


def first(catches, mutant):
    """The catch to show: of the profile that must fail, else of the next of its list."""
    order = {p: n for n, p in enumerate(mutant.profiles)}
    return min(catches, key=lambda c: (order.get(c.profile, len(order)), c.profile))


def lines(table, guests, healthy):
    ran = [m for m in table.values() if guests[m.name].ran()]
    caught = {m.name: guests[m.name].catches() for m in ran}
    missed = [m for m in ran if not caught[m.name]]
    yield "# Power: broken kernels, and who caught them\n"
    yield (f"{len(ran)} of {len(table)} mutants were run, {len(ran) - len(missed)} were caught. The same kernel "
           f"without a mutant: {', '.join(f'{n} {v}' for v, n in sorted(healthy.counts().items())) or 'not run'}.\n")
    for trial in healthy.trials:
        if trial["verdict"] not in ("PASS", "SKIP"):
            yield f"- healthy: {trial['verdict']} {trial['spec']['name']}: {trial['verdict_why']}"
    yield "## Not caught\n"
    for m in missed:
        seen = ", ".join(f"{v} {t}" for v, t in sorted((t["verdict"], t["spec"]["name"])
                                                       for t in guests[m.name].trials))
        yield f"- **{m.name}**: {m.broken}. {guests[m.name].crash() or 'Ran'}: {seen or 'no results'}"
    if not missed:
        yield "None."
    yield "\n## Caught\n"
    yield "| mutant | what is broken | trial, phase | check | value | expected | also caught by |"
    yield "|---|---|---|---|---|---|---|"
    for m in ran:
        if not caught[m.name]:
            continue
        c = first(caught[m.name], m)
        others = ", ".join(sorted(o.profile for o in caught[m.name] if o is not c))
        row = [f"{m.family}/{m.name}", m.broken, f"{c.profile}, {c.phase}", c.check, c.value, c.expected, others]
        yield "| " + " | ".join(cell(x) for x in row) + " |"
    yield "\n## Profiles\n"
    yield ("How many mutants a profile caught, which no other that was run on them did, or why it is kept "
           "without any.\n")
    yield "| profile | caught | of | alone |\n|---|---|---|---|"
    tried, hits, alone = collections.Counter(), collections.Counter(), collections.defaultdict(list)
    for m in ran:
        tried.update({t["spec"]["name"] for t in guests[m.name].trials})
        profiles = {c.profile for c in caught[m.name]}
        hits.update(profiles)
        if len(profiles) == 1:
            alone[profiles.pop()].append(m.name)
    for p in sorted(tried):
        yield f"| {p} | {hits[p]} | {tried[p]} | {', '.join(alone[p]) or f'*{KEPT.get(p, NO_REASON)}*'} |"


def write(save, into, table):
    """Is every mutant that was run caught, and does the healthy kernel pass?"""
    guests = {name: Guest(save, name) for name in table}
    healthy = Guest(save, HEALTHY)
    os.makedirs(os.path.join(into, "texts"), exist_ok=True)
    with open(os.path.join(into, "POWER.md"), "w", encoding="utf-8") as f:
        f.writelines(line + "\n" for line in lines(table, guests, healthy))
    for mutant in table.values():
        catches = guests[mutant.name].catches()
        path = os.path.join(into, "texts", mutant.name + ".txt")
        text = guests[mutant.name].text(first(catches, mutant).profile) if catches else None
        if text:
            with open(path, "w", encoding="utf-8") as f:
                f.write(text)
        elif os.path.exists(path):
            os.remove(path)
    return (all(g.catches() for g in guests.values() if g.ran()) and bool(healthy.trials) and
            set(healthy.counts()) <= {"PASS", "SKIP"})
