"""Chromium without a window, spoken to over its debugging pipe. Standard library only."""
import base64
import json
import os
import select
import shutil
import subprocess
import tempfile
import time

CHROMIUM = shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("google-chrome")


class Browser:
    """One page. Requests to other hosts than 127.0.0.1 fail, and are kept in `asked`."""

    def __init__(self):
        self.profile = tempfile.TemporaryDirectory()
        to_read, to_write = os.pipe(), os.pipe()
        flags = ["--headless=new", "--disable-gpu", "--no-first-run", "--hide-scrollbars", "--disable-dev-shm-usage",
                 "--disable-background-networking", "--disable-component-update", "--disable-extensions", "--no-sandbox",
                 "--host-resolver-rules=MAP * ~NOTFOUND, EXCLUDE 127.0.0.1", f"--user-data-dir={self.profile.name}",
                 "--remote-debugging-pipe", "about:blank"]
        self.process = subprocess.Popen(
            ["bash", "-c", f"exec \"$@\" 3<&{to_read[0]} 4>&{to_write[1]}", "-", CHROMIUM, *flags],
            pass_fds=(to_read[0], to_write[1]), stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL, start_new_session=True)
        os.close(to_read[0])
        os.close(to_write[1])
        self.write, self.read = to_read[1], to_write[0]
        self.buffer, self.number, self.session = b"", 0, None
        self.events, self.asked, self.wrong = [], [], []
        target = self.call("Target.createTarget", url="about:blank")["targetId"]
        self.session = self.call("Target.attachToTarget", targetId=target, flatten=True)["sessionId"]
        for domain in ("Page", "Runtime", "Log", "Network"):
            self.call(f"{domain}.enable")
        # What the page's policy refused, from before its first line.
        self.call("Page.addScriptToEvaluateOnNewDocument", source="""
            window.refused = [];
            document.addEventListener('securitypolicyviolation',
                e => window.refused.push(e.violatedDirective + ' ' + e.blockedURI + ' ' + e.sample));""")

    def close(self):
        try:
            self.session = None
            self.call("Browser.close")
        except (OSError, TimeoutError):
            pass
        try:
            self.process.wait(10)
        except subprocess.TimeoutExpired:
            os.killpg(self.process.pid, 9)
            self.process.wait()
        os.close(self.read)
        os.close(self.write)
        self.profile.cleanup()

    def message(self, patience):
        give_up = time.monotonic() + patience
        while b"\0" not in self.buffer:
            left = give_up - time.monotonic()
            if left <= 0 or not select.select([self.read], [], [], left)[0]:
                raise TimeoutError("the browser says nothing")
            chunk = os.read(self.read, 1 << 16)
            if not chunk:
                raise OSError("the browser ended")
            self.buffer += chunk
        one, self.buffer = self.buffer.split(b"\0", 1)
        return json.loads(one)

    def call(self, method, **params):
        self.number += 1
        message = {"id": self.number, "method": method, "params": params}
        if self.session:
            message["sessionId"] = self.session
        os.write(self.write, json.dumps(message).encode() + b"\0")
        while True:
            answer = self.message(30)
            if answer.get("id") == self.number:
                if "error" in answer:
                    raise AssertionError(f"{method}: {answer['error']}")
                return answer["result"]
            self.note(answer)

    def note(self, event):
        params, method = event.get("params", {}), event.get("method")
        self.events.append(method)
        if method == "Network.requestWillBeSent":
            self.asked.append(params["request"]["url"])
        elif method == "Runtime.exceptionThrown":
            self.wrong.append(params["exceptionDetails"].get("text", "") + str(params["exceptionDetails"].get("exception", "")))
        elif method == "Log.entryAdded" and params["entry"]["source"] in ("security", "javascript"):
            self.wrong.append(params["entry"]["text"])
        elif method == "Page.javascriptDialogOpening":
            self.wrong.append("a dialog: " + params["message"])
            raise AssertionError(self.wrong[-1])

    def open(self, url):
        self.events.clear()
        self.call("Page.navigate", url=url)
        while "Page.loadEventFired" not in self.events:
            self.note(self.message(30))

    def run(self, script):
        done = self.call("Runtime.evaluate", expression=script, awaitPromise=True, returnByValue=True)
        if "exceptionDetails" in done:
            raise AssertionError(done["exceptionDetails"])
        return done["result"].get("value")

    def look(self, width, height, dark):
        self.call("Emulation.setDeviceMetricsOverride", width=width, height=height, deviceScaleFactor=1, mobile=False)
        self.call("Emulation.setEmulatedMedia", features=[
            {"name": "prefers-color-scheme", "value": "dark" if dark else "light"}])

    def picture(self, file, quality=55):
        data = self.call("Page.captureScreenshot", format="webp", quality=quality)["data"]
        file.write_bytes(base64.b64decode(data))
