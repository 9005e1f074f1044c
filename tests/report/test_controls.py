"""The page in a real browser, by the DevTools protocol: keys and clicks as a person would give them."""

import json
import os
import shutil
import subprocess
import time
from collections.abc import Callable, Iterator
from itertools import pairwise
from pathlib import Path
from typing import Any

import pytest
from websockets.sync.client import connect

from evenkeel.report import render

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


@pytest.fixture(scope="module")
def browser(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Browser]:
    """One browser for all tests of this file."""
    names = ("chromium", "chromium-browser", "google-chrome")
    program = next(filter(None, map(shutil.which, names)), None)
    if program is None and os.environ.get("CI") == "true":
        pytest.fail("CI must have Chromium: the page's controls are not tried otherwise.")
    if program is None:
        pytest.skip("no Chromium")
    found = Browser(program, tmp_path_factory.mktemp("browser"))
    yield found
    found.close()


def matrix(browser: Browser) -> dict[str, str]:
    """What the slider's matrix shows."""
    told = browser.ask(
        "Object.fromEntries([...document.querySelectorAll('#lever [data-lever]')]"
        ".map(e => [e.dataset.lever, e.textContent]))"
    )
    return dict(told)


def rows(text: str) -> int:
    return int(text.replace(",", ""))


@pytest.mark.browser
def test_keys_move_the_threshold_and_the_matrix_with_it(browser, decided):
    browser.open(render(decided))
    start = matrix(browser)
    at = decided["strategies"]["none"]["test"]["at_operating_point"]
    assert start["threshold"] == "0.031, the operating point"
    assert [rows(start[k]) for k in ("missed", "found", "left", "alarms")] == [
        at[k] for k in ("fn", "tp", "tn", "fp")
    ]
    browser.ask("document.getElementById('lever-at').focus()")
    seen = [start]
    for _ in range(5):
        browser.press("ArrowRight", 39)
        seen.append(matrix(browser))
    # to the right the threshold falls: never more misses, never fewer alarms, every row in one cell
    assert all(rows(a["missed"]) >= rows(b["missed"]) for a, b in pairwise(seen))
    assert all(rows(a["alarms"]) <= rows(b["alarms"]) for a, b in pairwise(seen))
    assert rows(seen[-1]["alarms"]) > rows(start["alarms"])
    for told in seen:
        assert sum(rows(told[k]) for k in ("missed", "found", "left", "alarms")) == 8680
        assert rows(told["missed"]) + rows(told["found"]) == 157
    said = browser.texts("#lever-says")[0]
    assert f"misses {seen[-1]['missed']} of 157, raises {seen[-1]['alarms']} false alarms" in said
    assert browser.ask("document.getElementById('lever-at').getAttribute('aria-valuetext')") in said
    browser.press("End", 35)
    assert matrix(browser)["missed"] == "0"
    browser.ask("document.getElementById('lever-back').focus()")
    browser.enter()
    assert matrix(browser) == start
    assert browser.logged == []


@pytest.mark.browser
def test_another_strategy_has_its_own_operating_point_and_marks(browser, decided):
    browser.open(render(decided))
    shown = "[...document.querySelectorAll('#lever [data-mark]')].filter(e => !e.hidden).length"
    assert browser.ask(shown) == 3
    browser.ask("document.getElementById('lever-strategy').focus()")
    for letter in "sm":
        browser.send("Input.dispatchKeyEvent", type="keyDown", text=letter, key=letter)
        browser.send("Input.dispatchKeyEvent", type="keyUp", key=letter)
    assert browser.texts("#lever-strategy option:checked") == ["smote"]
    assert (
        rows(matrix(browser)["missed"]) == decided["strategies"]["smote"]["test"]["at_operating_point"]["fn"]
    )
    assert "smote at 0.031" in browser.texts("#lever-says")[0]


@pytest.mark.browser
def test_the_slider_tells_what_the_decisions_cost(browser, decided):
    decided["config"]["operating_point"] = {"cost": {"fn": 100, "fp": 0.25}}
    browser.open(render(decided))
    before = matrix(browser)
    for _ in range(2):
        told = matrix(browser)
        wanted = 100 * rows(told["missed"]) + 0.25 * rows(told["alarms"])
        assert float(told["cost"].replace(",", "")) == pytest.approx(wanted)
        assert f"costs {told['cost']}" in browser.texts("#lever-says")[0]
        browser.ask("document.getElementById('lever-at').focus()")
        browser.press("ArrowRight", 39)
    assert before["cost"] != matrix(browser)["cost"]


@pytest.mark.browser
def test_legends_end_inside_a_phones_screen(browser, decided):
    metrics = {"height": 844, "deviceScaleFactor": 1, "mobile": False}
    browser.send("Emulation.setDeviceMetricsOverride", width=390, **metrics)
    browser.open(render(decided))
    ends = browser.ask(
        "[...document.querySelectorAll('.chart')].flatMap(c => "
        "[...c.querySelectorAll('.role-legend-label text')]"
        ".map(t => t.getBoundingClientRect().right - c.getBoundingClientRect().right))"
    )
    browser.send("Emulation.clearDeviceMetricsOverride")
    assert len(ends) > 10
    assert max(ends) <= 1


@pytest.mark.browser
def test_paper_has_the_operating_points_instead_of_the_slider(browser, decided):
    decided["config"]["operating_point"] = {"cost": {"fn": 100, "fp": 3}}
    browser.open(render(decided))
    shown = "['.lever', '.printed'].map(s => getComputedStyle(document.querySelector(s)).display)"
    assert browser.ask(shown)[1] == "none"
    browser.send("Emulation.setEmulatedMedia", media="print")
    assert browser.ask(shown) == ["none", "table"]
    browser.send("Emulation.setEmulatedMedia", media="")
    (first, *_) = browser.texts(".printed tbody tr")
    for told in ("none", "0.031", "46", "111", "1,313", "7,210", f"{46 * 100 + 3 * 1313:,}"):
        assert told in first
    assert len(browser.texts(".printed tbody tr")) == len(decided["strategies"])


@pytest.mark.browser
def test_the_config_is_copied_by_keyboard_or_selected(browser, decided):
    decided["recommended"]["config"] = {"name": "a", "target": {"column": "<b>"}}
    browser.open(render(decided))
    assert browser.ask("getComputedStyle(document.getElementById('copy')).display") != "none"
    browser.ask("document.querySelector('.settled').open = true; document.getElementById('copy').focus()")
    browser.enter()
    browser.wait(lambda: browser.texts("#copied") != [""])
    # a browser without a clipboard leaves it to the reader, with all of the text selected
    chosen = browser.ask("getSelection().toString()")
    assert browser.texts("#copied") == ["Copied."] or chosen.strip() == browser.texts("#settled")[0].strip()
    assert browser.texts("#settled") == ["name: a\ntarget:\n  column: <b>\n"]
    assert not browser.logged


@pytest.mark.browser
def test_columns_sort_by_keyboard_and_say_so(browser, binary_page, binary):
    browser.open(binary_page)
    names = "#comparison tbody th"
    column = 1 + next(i for i, m in enumerate(binary["metrics"]) if m["key"] == "brier")
    values = {n: s["test"]["brier"] for n, s in binary["strategies"].items()}
    head = f"document.querySelector('#comparison thead').rows[0].cells[{column}]"
    browser.ask(f"{head}.querySelector('button').focus()")
    for order, reverse in (("ascending", False), ("descending", True)):
        browser.enter()
        assert browser.ask(f"{head}.getAttribute('aria-sort')") == order
        shown = browser.ask(f"[...document.querySelectorAll('{names}')].map(e => e.firstChild.data.trim())")
        assert shown == sorted(values, key=values.__getitem__, reverse=reverse)
    assert browser.ask("document.querySelectorAll('[aria-sort]').length") == 1
    assert browser.ask("document.activeElement.closest('th').cellIndex") == column


@pytest.mark.browser
def test_the_page_asks_for_nothing_logs_nothing_and_is_quick(browser, decided):
    browser.open(render(decided))
    assert browser.requested == [(browser.folder / "page.html").as_uri()]
    assert browser.logged == []
    spent = {m["name"]: m["value"] for m in browser.send("Performance.getMetrics")["metrics"]}
    assert spent["ScriptDuration"] < 1


@pytest.mark.browser
@pytest.mark.parametrize("width", [390, 1280])
def test_no_page_is_wider_than_the_screen(browser, decided, multiclass_page, width):
    browser.send(
        "Emulation.setDeviceMetricsOverride", width=width, height=800, deviceScaleFactor=1, mobile=width < 500
    )
    for page in (render(decided), multiclass_page):
        browser.open(page)
        assert browser.ask("document.documentElement.scrollWidth") <= width
    # the chart and the numbers are what a reader sees first
    if width == 1280:
        assert browser.ask("document.querySelector('table.glance').getBoundingClientRect().bottom") < 800


@pytest.mark.browser
def test_names_from_data_are_text_in_the_controls_too(browser, decided):
    hostile = "</script><img src=x onerror=document.title='run'>"
    strategies = decided["strategies"]
    decided["strategies"] = {hostile: strategies.pop("none"), **strategies}
    decided["recommended"]["strategy"] = hostile
    browser.open(render(decided))
    assert browser.texts("#lever-says")[0].startswith(f"{hostile} at 0.031")
    assert browser.ask("document.querySelectorAll('img').length") == 0
    assert browser.ask("document.title") == "stroke · Evenkeel report"
    assert browser.logged == []
