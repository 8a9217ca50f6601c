"""A headless Chromium, spoken to by its own DevTools protocol: no driver program of its own version is needed.

What the page logs, asks the network for and is refused by its policy is kept, and is what a test asks for.
"""

from __future__ import annotations

import base64
import json
import shutil
import subprocess
import tempfile
import time
from pathlib import Path
from typing import Any

import requests
import websocket

FLAGS = (
    "--headless=new", "--no-sandbox", "--disable-gpu", "--disable-dev-shm-usage", "--no-first-run",
    "--disable-background-networking", "--disable-component-update", "--disable-sync", "--disable-default-apps",
    "--mute-audio", "--remote-debugging-port=0", "--remote-allow-origins=*",
)  # fmt: skip
SECONDS = 60


def chromium() -> str | None:
    """Where Chromium is, or None."""
    return shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("google-chrome")


class Browser:
    """One browser with one page. A context manager; nothing of it is left behind."""

    def __init__(self) -> None:
        self.folder = tempfile.TemporaryDirectory(ignore_cleanup_errors=True)
        self.process = subprocess.Popen(
            [chromium(), *FLAGS, f"--user-data-dir={self.folder.name}", "about:blank"],
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
        )
        self.said: list[str] = []
        self.requested: list[str] = []
        self.number = 0
        try:
            self.socket = websocket.create_connection(self._address(), timeout=SECONDS, max_size=None)
        except BaseException:
            self.close()
            raise
        for domain in ("Page", "Runtime", "Log", "Network", "Audits"):
            self.send(f"{domain}.enable")
        # As a window that somebody looks at, so that focus shows.
        self.send("Emulation.setFocusEmulationEnabled", enabled=True)

    def __enter__(self) -> Browser:
        return self

    def __exit__(self, *_: object) -> None:
        self.socket.close()
        self.close()

    def close(self) -> None:
        """End the process and take away its folder."""
        self.process.terminate()
        try:
            self.process.wait(timeout=10)
        except subprocess.TimeoutExpired:
            self.process.kill()
            self.process.wait()
        self.folder.cleanup()

    def _address(self) -> str:
        port_file = Path(self.folder.name) / "DevToolsActivePort"
        for _ in range(SECONDS * 10):
            if port_file.exists() and (lines := port_file.read_text().splitlines()):
                pages = requests.get(f"http://127.0.0.1:{lines[0]}/json/list", timeout=10).json()
                if found := [page["webSocketDebuggerUrl"] for page in pages if page["type"] == "page"]:
                    return found[0]
            time.sleep(0.1)
        raise TimeoutError("Chromium opened no page.")

    def send(self, method: str, **parameters: Any) -> dict[str, Any]:
        """One command and its answer; events that come meanwhile are kept."""
        self.number += 1
        self.socket.send(json.dumps({"id": self.number, "method": method, "params": parameters}))
        while True:
            message = json.loads(self.socket.recv())
            if message.get("id") == self.number:
                if "navigated" in message.get("error", {}).get("message", ""):
                    # It was asked of the page that was just leaving.
                    return self.send(method, **parameters)
                assert "error" not in message, f"{method}: {message['error']}"
                return message["result"]
            self._keep(message)

    def _keep(self, message: dict[str, Any]) -> None:
        method, event = message.get("method"), message.get("params", {})
        if method == "Network.requestWillBeSent":
            self.requested.append(event["request"]["url"])
        elif method == "Runtime.exceptionThrown":
            self.said.append(json.dumps(event["exceptionDetails"]))
        elif method == "Runtime.consoleAPICalled" and event["type"] in ("error", "warning", "assert"):
            self.said.append(json.dumps(event["args"]))
        elif method == "Log.entryAdded" and event["entry"]["level"] in ("error", "warning"):
            self.said.append(event["entry"]["text"])
        elif method == "Audits.issueAdded" and "ContentSecurityPolicy" in event["issue"]["code"]:
            self.said.append(json.dumps(event["issue"]))

    def open(self, path: Path) -> None:
        """Open a file and wait until the page says that it is ready."""
        self.path = path
        self.said, self.requested = [], []
        self.send("Page.navigate", url="about:blank")
        self.send("Page.navigate", url=path.resolve().as_uri())
        self.wait_for_page()

    def wait_for_page(self) -> None:
        """Wait until the dashboard is loaded, which it may be after it is drawn, and drawn."""
        self.wait("document.readyState === 'complete' && document.documentElement.dataset.ready === 'true'")

    def click(self, element: str) -> None:
        """Click an element, given as an expression, once it is there, as a user does."""
        self.wait(f"Boolean({element})")
        self.send("Runtime.evaluate", expression=f"{element}.click()", userGesture=True)

    def wait(self, condition: str) -> None:
        """Wait until the expression is true."""
        end = time.monotonic() + SECONDS
        while not self.js(condition):
            assert time.monotonic() < end, f"{condition} never came true; the page said {self.said}"
            time.sleep(0.05)

    def js(self, expression: str) -> Any:
        """The value of an expression, awaited where it is a promise."""
        answer = self.send("Runtime.evaluate", expression=expression, returnByValue=True, awaitPromise=True)
        assert "exceptionDetails" not in answer, answer["exceptionDetails"]
        return answer["result"].get("value")

    def choose(self, **controls: Any) -> float:
        """Set controls by id as a user does, all charts drawn; returns the seconds that the last change took."""
        seconds = 0.0
        for name, value in controls.items():
            setting = "control.checked = true" if value is True else f"control.value = {json.dumps(str(value))}"
            seconds = self.js(
                f"""(async () => {{
                    const control = document.getElementById({json.dumps(name.replace("_", "-"))});
                    const began = performance.now();
                    {setting};
                    control.dispatchEvent(new Event("input", {{ bubbles: true }}));
                    await dashboard.drawn;
                    return (performance.now() - began) / 1000;
                }})()"""
            )
        return seconds

    def look(self, path: Path, width: int, dark: bool = False) -> Path:
        """A picture of the whole page at this width."""
        self.size(width, dark)
        self.send("Runtime.evaluate", expression="new Promise(done => setTimeout(done, 400))", awaitPromise=True)
        height = self.js("document.documentElement.scrollHeight")
        answer = self.send(
            "Page.captureScreenshot",
            format="png",
            captureBeyondViewport=True,
            clip={"x": 0, "y": 0, "width": width, "height": height, "scale": 1},
        )
        path.write_bytes(base64.b64decode(answer["data"]))
        return path

    def size(self, width: int, dark: bool = False) -> None:
        """The window's width, and what the system prefers."""
        self.send(
            "Emulation.setDeviceMetricsOverride", width=width, height=900, deviceScaleFactor=1, mobile=width < 500
        )
        scheme = [{"name": "prefers-color-scheme", "value": "dark" if dark else "light"}]
        self.send("Emulation.setEmulatedMedia", features=scheme)

    def pdf(self, path: Path) -> Path:
        """The page as it prints on A4."""
        answer = self.send("Page.printToPDF", printBackground=True, paperWidth=8.27, paperHeight=11.69)
        path.write_bytes(base64.b64decode(answer["data"]))
        return path
