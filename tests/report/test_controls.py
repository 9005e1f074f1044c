"""The page in a real browser, by the DevTools protocol: keys and clicks as a person would give them."""

import json
import subprocess
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

from websockets.sync.client import connect

QUIET = ["background-networking", "component-update", "sync", "gpu", "dev-shm-usage"]


class Browser:
    """One headless Chromium with one page; it notes what the page logs and asks for."""

    def __init__(self, program: str, folder: Path) -> None:
        self.folder = folder
        command = [program, "--headless", "--no-sandbox", "--no-first-run", "--remote-debugging-port=0"]
        command += [f"--disable-{what}" for what in QUIET]
        command += [f"--user-data-dir={folder / 'profile'}", "about:blank"]
        self.process = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        self.logged: list[str] = []
        self.requested: list[str] = []
        self.number = 0
        address = folder / "profile" / "DevToolsActivePort"
        self.wait(lambda: address.is_file() and address.read_text().count("\n") > 0)
        port, path = address.read_text().split()
        self.socket = connect(f"ws://127.0.0.1:{port}{path}", max_size=None, compression=None)
        self.session: str | None = None
        page = self.send("Target.createTarget", url="about:blank")["targetId"]
        self.session = self.send("Target.attachToTarget", targetId=page, flatten=True)["sessionId"]
        for domain in ("Page", "Runtime", "Log", "Network", "Performance"):
            self.send(f"{domain}.enable")

    def wait(self, true: Callable[[], Any], seconds: float = 60) -> None:
        """Until `true` is."""
        until = time.monotonic() + seconds
        while not true():
            assert time.monotonic() < until, "waited too long"
            time.sleep(0.02)

    def send(self, method: str, **parameters: Any) -> dict[str, Any]:
        """The result of one command; events that come before it are noted."""
        self.number += 1
        message = {"id": self.number, "method": method, "params": parameters}
        self.socket.send(json.dumps(message | ({"sessionId": self.session} if self.session else {})))
        while True:
            said = json.loads(self.socket.recv(timeout=60))
            if said.get("id") == self.number:
                assert "error" not in said, said
                return dict(said["result"])
            self.note(said.get("method"), said.get("params", {}))

    def note(self, event: str | None, told: dict[str, Any]) -> None:
        """What the page logs, throws and asks for."""
        if event in ("Runtime.consoleAPICalled", "Runtime.exceptionThrown", "Log.entryAdded"):
            self.logged.append(json.dumps(told))
        elif event == "Network.requestWillBeSent":
            self.requested.append(told["request"]["url"])

    def ask(self, expression: str) -> Any:
        """The value of an expression in the page."""
        found = self.send("Runtime.evaluate", expression=expression, returnByValue=True, awaitPromise=True)
        assert "exceptionDetails" not in found, found
        return found["result"].get("value")

    def open(self, page: str) -> None:
        """Show a page and wait until its charts are drawn."""
        file = self.folder / "page.html"
        file.write_text(page, encoding="utf-8")
        self.logged.clear()
        self.requested.clear()
        self.send("Page.navigate", url=file.as_uri())
        self.wait(lambda: self.ask("document.documentElement?.dataset.charts === 'drawn'"))

    def press(self, key: str, code: int) -> None:
        """One key, down and up."""
        for kind in ("rawKeyDown", "keyUp"):
            self.send("Input.dispatchKeyEvent", type=kind, key=key, code=key, windowsVirtualKeyCode=code)

    def enter(self) -> None:
        """The key that presses a button."""
        told = {"key": "Enter", "code": "Enter", "windowsVirtualKeyCode": 13}
        self.send("Input.dispatchKeyEvent", type="keyDown", text="\r", **told)
        self.send("Input.dispatchKeyEvent", type="keyUp", **told)

    def texts(self, selector: str) -> list[str]:
        """The text of every element that matches."""
        return list(
            self.ask(f"[...document.querySelectorAll({json.dumps(selector)})].map(e => e.textContent)")
        )

    def close(self) -> None:
        """End the browser, and only this one."""
        self.socket.close()
        self.process.terminate()
        self.process.wait(timeout=30)
