# SPDX-License-Identifier: GPL-2.0-or-later
"""A headless Chromium through chromedriver's WebDriver protocol: open a page, run scripts in it, read its console."""
import base64
import contextlib
import json
import re
import subprocess
import sys
import tempfile
import urllib.error
import urllib.request

FLAGS = ["--headless=new", "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run",
         "--disable-background-networking", "--disable-component-update", "--disable-sync",
         "--hide-scrollbars", "--disable-dev-shm-usage"]


class Browser:
    """A context manager: the browser and its driver end with it."""

    def __enter__(self):
        self.profile = tempfile.TemporaryDirectory(prefix="memtrial-browser-", ignore_cleanup_errors=True)
        try:
            self.driver = subprocess.Popen(["chromedriver", "--port=0"], stdout=subprocess.PIPE,
                                           stderr=subprocess.DEVNULL, text=True)
        except FileNotFoundError:
            sys.exit("needs chromium and chromium-driver")
        # No proxy: the driver is on this machine.
        self.opener = urllib.request.build_opener(urllib.request.ProxyHandler({}))
        port = None
        for line in self.driver.stdout:
            port = re.search(r"started successfully on port (\d+)", line)
            if port:
                break
        if not port:
            raise RuntimeError("chromedriver does not start")
        self.url = f"http://127.0.0.1:{port.group(1)}/session"
        try:
            session = self.call("", {"capabilities": {"alwaysMatch": {
                "goog:loggingPrefs": {"browser": "ALL"},
                "goog:chromeOptions": {"args": FLAGS + [f"--user-data-dir={self.profile.name}"]}}}})
        except BaseException:
            self.driver.kill()
            raise
        self.url += f"/{session['sessionId']}"
        return self

    def __exit__(self, *_):
        try:
            self.call("", method="DELETE")
        finally:
            self.driver.terminate()
            self.driver.wait()
            self.driver.stdout.close()
            self.profile.cleanup()

    def call(self, path, body=None, method=None):
        data = None if method else json.dumps(body or {}).encode()
        request = urllib.request.Request(self.url + path, data, {"Content-Type": "application/json"},
                                         method=method)
        try:
            with self.opener.open(request, timeout=120) as answer:
                return json.load(answer)["value"]
        except urllib.error.HTTPError as e:
            raise RuntimeError(json.load(e)["value"]["message"]) from None

    def cdp(self, command, **params):
        return self.call("/goog/cdp/execute", {"cmd": command, "params": params})

    @contextlib.contextmanager
    def tab(self):
        """A new tab to work in, then back to the one before."""
        before = self.call("/window", method="GET")
        self.call("/window", {"handle": self.call("/window/new", {"type": "tab"})["handle"]})
        try:
            yield
        finally:
            self.call("/window", method="DELETE")
            self.call("/window", {"handle": before})

    def look(self, width, height, theme):
        """The window's size, and what the system prefers. Not "mobile": that would widen what does not fit."""
        self.cdp("Emulation.setDeviceMetricsOverride", width=width, height=height,
                 deviceScaleFactor=1, mobile=False)
        self.cdp("Emulation.setEmulatedMedia", features=[{"name": "prefers-color-scheme", "value": theme}])

    def open(self, path):
        self.call("/url", {"url": f"file://{path}"})

    def run(self, script, *args):
        """The value of an async function's body."""
        script = f"const done = arguments[arguments.length - 1];" \
                 f"(async (...args) => {{{script}}})(...[...arguments].slice(0, -1))" \
                 f".then(v => done([v]), e => done([null, String(e.stack)]));"
        value = self.call("/execute/async", {"script": script, "args": list(args)})
        if len(value) > 1:
            raise RuntimeError(value[1])
        return value[0]

    def console(self):
        return [f"{m['level']}: {m['message']}" for m in self.call("/se/log", {"type": "browser"})]

    def key(self, key):
        self.cdp("Input.dispatchKeyEvent", type="keyDown", key=key)
        self.cdp("Input.dispatchKeyEvent", type="keyUp", key=key)

    def screenshot(self, path, whole=False):
        shot = self.cdp("Page.captureScreenshot", captureBeyondViewport=whole)
        with open(path, "wb") as f:
            f.write(base64.b64decode(shot["data"]))
