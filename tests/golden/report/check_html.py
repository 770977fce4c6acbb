# SPDX-License-Identifier: GPL-2.0-or-later
"""check_html.py BINARY: the HTML report in a browser, in light and dark, wide and on a phone.

No message in the console, nothing asked of a network, every chart drawn, no text read as markup, keys move
the cursor, a page of ten minutes at 100 samples a second is small and soon open; a damaged page is noticed.
With --screenshots DIR the pages are kept as pictures, to be looked at.
"""
import json
import pathlib
import re
import subprocess
import sys
import tempfile

from browser import Browser

HERE = pathlib.Path(__file__).resolve().parent
RUN = (HERE / "../../data/record/run.json").resolve()
LOOKS = [(1200, 900, "light"), (390, 800, "light"), (320, 640, "dark")]
CHARTS = ["Groups", "Machine", "Reclaim", "Page faults", "Pressure", "Slab utilisation"]
SMALL = 3_000_000  # bytes
SOON = 1000  # ms until a page is drawn
SOON_SMALL = 6  # or, on a machine on which that says little, times what a page of a short trial takes
TRIES = 3  # one that is soon enough will do: what disturbs only adds

DRAW_ALL = """
for (const d of document.querySelectorAll("details")) d.open = true;
await Promise.all(trials.map(t => t.load()));
for (const t of trials) if (t.charts) t.draw(true);
await new Promise(r => requestAnimationFrame(() => requestAnimationFrame(r)));
"""
STATE = DRAW_ALL + """
const width = args[0];
const path = p => p.getAttribute("d").length > 8 && p.getBBox().width > 0;
return {
	charts: [...document.querySelectorAll("figcaption")].map(c => c.firstChild.textContent),
	blank: [...document.querySelectorAll("figure")].filter(f => ![...f.querySelectorAll(".plot path")].some(path))
		.map(f => f.querySelector("figcaption").textContent),
	errors: [...document.querySelectorAll(".error")].map(e => e.textContent),
	wide: [...document.body.querySelectorAll("*")].filter(e => !e.closest(".scroll") && !e.closest("svg") &&
		!e.matches(".skip") && e.getBoundingClientRect().right > width + 1).map(e => e.outerHTML.slice(0, 120)),
	scroll: document.documentElement.scrollWidth - width,
	background: getComputedStyle(document.body).backgroundColor,
	hurt: window.hurt || 0,
	strangers: document.querySelectorAll("body script:not(.data):not(:last-of-type), main script:not(.data), img, iframe, object").length,
	asked: performance.getEntriesByType("resource").map(e => e.name).filter(n => !n.startsWith("data:")),
};
"""

failures = []


def expect(good, what):
    if not good:
        failures.append(what)


def page(binary, record, path):
    subprocess.run([binary, "report", "--format", "html", "-o", path, record], check=True)


def check_state(name, state):
    expect(state["charts"], f"{name}: no charts")
    for key in ("blank", "errors", "wide", "asked"):
        expect(not state[key], f"{name}: {key}: {state[key]}")
    for key in ("hurt", "strangers"):
        expect(state[key] == 0, f"{name}: {key} is {state[key]}")
    expect(state["scroll"] <= 0, f"{name}: {state['scroll']} pixels wider than the window")


def check_looks(browser, name, path, shots):
    seen = {}
    for width, height, theme in LOOKS if name == "run" else LOOKS[1:]:
        look = f"{name}, {width} pixels, {theme}"
        browser.look(width, height, theme)
        browser.open(path)
        state = browser.run(STATE, width)
        check_state(look, state)
        seen.setdefault(theme, set()).add(state["background"])
        if shots:
            browser.screenshot(shots / f"{name}-{width}-{theme}.png", whole=True)
        messages = browser.console()
        expect(not messages, f"{look}: the console says {messages}")
    expect(len(seen["light"]) == len(seen["dark"]) == 1 and seen["light"] != seen["dark"],
           f"{name}: backgrounds are {seen}")


def check_keys(browser):
    text, span = "return document.querySelector('.readout').textContent", "const t = trials[0]; return [t.x0, t.x1]"
    browser.run("document.querySelector('figure svg').focus()")
    browser.key("ArrowRight")
    first = browser.run(text)
    browser.key("ArrowRight")
    second = browser.run(text)
    expect(re.match(r"\d+\.\d{3} s", first) and first != second, f"arrow keys: {first!r}, then {second!r}")
    outputs = browser.run("return [...document.querySelector('.legend').querySelectorAll('output')].map(o => o.textContent)")
    expect(any(outputs), f"the legend at the cursor says {outputs}")
    whole = browser.run(span)
    browser.key("+")
    near = browser.run(span)
    browser.key("Escape")
    expect(near[1] - near[0] < whole[1] - whole[0] and browser.run(span) == whole, f"zoom: {whole}, {near}")
    browser.run("document.querySelector('.events .oom .at').click(); await new Promise(r => setTimeout(r, 50))")
    expect("oom: " in browser.run(text), "a click on an OOM kill does not move the cursor there")
    expect(browser.run("return document.querySelectorAll('svg .flag.oom').length") > 0, "no OOM kill is marked")


def check_manners(browser, path):
    """Keys, buttons, links, paper; nothing here may throw."""
    browser.look(1200, 900, "light")
    browser.open(path)
    browser.run(DRAW_ALL)
    check_keys(browser)
    dark = browser.run("const b = document.getElementById('theme'); b.click(); b.click();"
                       "return [b.textContent, getComputedStyle(document.body).backgroundColor]")
    browser.run("document.getElementById('theme').click()")
    light = browser.run("return getComputedStyle(document.body).backgroundColor")
    expect(dark[0] == "Theme: dark" and dark[1] != light, f"the theme's button: {dark}, {light}")
    first = browser.run("return document.querySelector('a, button').className")
    expect(first == "skip", "the first thing that takes the focus is no skip link")
    browser.run("document.getElementById('fold').click(); location.hash = '#trial-2';"
                "await new Promise(r => setTimeout(r, 50))")
    expect(browser.run("return document.getElementById('trial-2').open"), "a link does not open its trial")
    browser.cdp("Emulation.setEmulatedMedia", media="print")
    browser.run("document.documentElement.dataset.theme = 'dark'; window.dispatchEvent(new Event('beforeprint'))")
    paper = browser.run("return getComputedStyle(document.body).backgroundColor")
    expect(paper == "rgb(255, 255, 255)", f"paper is {paper}")
    browser.cdp("Emulation.setEmulatedMedia", media="")
    messages = browser.console()
    expect(not messages, f"manners: the console says {messages}")


def check_text(browser, record, path):
    """Names come out as they went in, but for characters that no browser shows."""
    run = json.loads(record.read_text())
    browser.open(path)
    for i, trial in enumerate(run["trials"]):
        got = browser.run("return document.querySelector(`#trial-${args[0]} h2`).textContent", i + 1)
        want = re.sub(r"[\x00-\x08\x0b\x0c\x0e-\x1f]", "\ufffd", trial["spec"]["name"])
        expect(got == want, f"the name {want!r} is shown as {got!r}")


def opening(browser, path):
    """Milliseconds that the page's thread works until it is drawn: by the clock others on this machine count too."""
    # In a tab of its own, whose counters begin at 0 whether or not another process draws it.
    with browser.tab():
        browser.look(1200, 900, "light")
        browser.cdp("Performance.enable", timeDomain="threadTicks")
        browser.open(path)
        browser.run("await Promise.all(trials.map(t => t.load()))")
        metrics = {m["name"]: m["value"] for m in browser.cdp("Performance.getMetrics")["metrics"]}
        return 1000 * metrics["TaskDuration"]


def check_big(browser, binary, small, work):
    record, path = work / "big.json", work / "big.html"
    with open(record, "w", encoding="utf-8") as f:
        subprocess.run([sys.executable, HERE / "big_run.py", RUN], stdout=f, check=True)
    page(binary, record, path)
    size = path.stat().st_size
    expect(size < SMALL, f"ten minutes at 100 Hz are {size} bytes")
    soon, worked = max(SOON, SOON_SMALL * min(opening(browser, small) for _ in range(2))), []
    while len(worked) < TRIES and (not worked or min(worked) >= soon):
        worked.append(opening(browser, path))
    worked = min(worked)
    expect(0 < worked < soon, f"ten minutes at 100 Hz take {worked:.0f} ms to draw, not {soon:.0f}")
    browser.look(1200, 900, "light")
    browser.open(path)
    state = browser.run(STATE, 1200)
    check_state("ten minutes", state)
    expect(state["charts"] == CHARTS, f"charts of ten minutes: {state['charts']}")
    marked = browser.run("return [...document.querySelectorAll('figure')].filter(f => f.querySelector('.flag.fault')).length")
    expect(marked == len(CHARTS), f"a fault is marked in {marked} charts")
    got = browser.run("return [trials[0].data.rows, trials[0].times.length, trials[0].byName.get('meminfo.MemFree')[59999]]")
    last = json.loads(record.read_text())["trials"][0]["samples"]["columns"]["meminfo.MemFree"][-1]
    expect(got == [60000, 60000, last], f"{got} of 60000 samples, the last of MemFree {last}")
    print(f"ten minutes at 100 Hz: {size} bytes, drawn in {worked:.0f} ms of {soon:.0f}")


def check_damage(browser, path, work):
    """What is wrong must be seen: samples that cannot be unpacked, an error in the script."""
    for name, find, put in (("data", '"data":"', '"data":"AAAA'), ("script", '"use strict";', '"use strict"; nothing();')):
        bad = work / "bad.html"
        bad.write_text(path.read_text().replace(find, put, 1))
        browser.open(bad)
        try:
            noticed = bool(browser.run(STATE, 1200)["errors"])
        except RuntimeError:
            noticed = bool(browser.console())
        expect(noticed, f"damaged {name} is not noticed")
    browser.console()


def main(binary, shots=None):
    with tempfile.TemporaryDirectory() as work, Browser() as browser:
        work = pathlib.Path(work)
        good, odd, odd_record = work / "run.html", work / "odd.html", work / "odd.json"
        with open(odd_record, "w", encoding="utf-8") as f:
            subprocess.run([sys.executable, HERE / "odd_names.py", RUN], stdout=f, check=True)
        page(binary, RUN, good)
        page(binary, odd_record, odd)
        check_looks(browser, "run", good, shots)
        check_looks(browser, "odd", odd, shots)
        check_text(browser, odd_record, odd)
        check_manners(browser, good)
        check_big(browser, binary, good, work)
        check_damage(browser, good, work)
    print("\n".join(failures), end="\n" if failures else "")
    return 1 if failures else 0


if __name__ == "__main__":
    if len(sys.argv) not in (2, 4):
        sys.exit(__doc__)
    sys.exit(main(sys.argv[1], pathlib.Path(sys.argv[3]) if len(sys.argv) == 4 else None))
