"""The page in Firefox as it is installed, told what to do through Marionette, which is built into it.

Playwright drives builds of Firefox of its own, which are downloaded apart from it.
"""

import json
import shutil
import socket
import subprocess
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any, BinaryIO

import pytest

from tests.report.dashboards import copied, with_curves, written

FIREFOX = shutil.which("firefox-esr") or shutil.which("firefox")

pytestmark = [pytest.mark.slow, pytest.mark.skipif(FIREFOX is None, reason="Firefox is not installed")]

PATIENCE = 60
"""Seconds until Firefox is given up."""


class Marionette:
    """A connection to a Firefox: commands of WebDriver as JSON, each after its length and a colon."""

    def __init__(self, connection: socket.socket, answers: BinaryIO):
        self.connection, self.answers = connection, answers
        self._read()  # it says who it is
        self.call("WebDriver:NewSession")

    def call(self, command: str, **arguments: Any) -> Any:
        """What a command answers."""
        message = json.dumps([0, 1, command, arguments])
        self.connection.sendall(f"{len(message)}:{message}".encode())
        _, _, error, answer = self._read()
        assert error is None, error
        return answer

    def script(self, body: str) -> Any:
        """What the body of a function in JavaScript returns."""
        return self.call("WebDriver:ExecuteScript", script=body, args=[])["value"]

    def _read(self) -> Any:
        length = b""
        while (character := self.answers.read(1)) != b":":
            assert character, "Firefox has ended."
            length += character
        return json.loads(self.answers.read(int(length)))


@pytest.fixture
def firefox(tmp_path) -> Iterator[Marionette]:
    profile = tmp_path / "profile"
    profile.mkdir()
    (profile / "user.js").write_text('user_pref("marionette.port", 0);\n')  # it chooses a free one
    command = [str(FIREFOX), "--headless", "--no-remote", "--marionette", "--profile", str(profile)]
    running = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    try:
        chosen, started = profile / "MarionetteActivePort", time.monotonic()
        while not (chosen.exists() and chosen.read_text()):
            assert running.poll() is None and time.monotonic() - started < PATIENCE, "Firefox does not start."
            time.sleep(0.1)
        place = "127.0.0.1", int(chosen.read_text())
        with socket.create_connection(place, timeout=PATIENCE) as connection, connection.makefile("rb") as answers:
            yield Marionette(connection, answers)
    finally:
        running.kill()
        running.wait()


def test_firefox_draws_the_page(firefox, tmp_path):
    with_curves(copied("6a", tmp_path))
    copied("4-1", tmp_path)
    path: Path = written(tmp_path, tmp_path / "page.html", inside=True)
    firefox.call("WebDriver:Navigate", url=path.as_uri())
    found = firefox.script("""
        document.querySelector("#outcome ~ table a").click();
        document.querySelector("tbody.run .verdict").focus();
        const tip = document.getElementById("tip");
        return {
          ready: document.body.dataset.ready, problems: document.querySelectorAll("main > .late").length,
          lines: [...document.querySelectorAll("table.outcome tbody th a")].map((link) => link.textContent),
          opened: document.querySelectorAll("tr.detail").length, tip: tip.hidden ? "" : tip.textContent,
          colours: [getComputedStyle(document.body).backgroundColor, getComputedStyle(document.body).color],
        };""")
    assert found["ready"] == "yes" and found["problems"] == 0
    assert found["lines"] == ["4-1 adding", "6a temporal order"] and found["opened"] == 1
    assert "mean" in found["tip"] or "trials" in found["tip"]
    assert found["colours"] in (
        ["rgb(255, 255, 255)", "rgb(27, 29, 31)"],
        ["rgb(21, 24, 27)", "rgb(236, 238, 239)"],
    )
    # Figures are drawn as soon as they have a width, for that width.
    widths = firefox.script("""
        return new Promise((done) => requestAnimationFrame(() => requestAnimationFrame(() => done(
          [...document.querySelectorAll("tr.detail figure > div > svg")].map((svg) =>
            svg.getBoundingClientRect().width / svg.viewBox.baseVal.width)))));""")
    assert len(widths) >= 1 and all(0.95 < width < 1.05 for width in widths)
    assert firefox.script("return document.documentElement.scrollWidth <= innerWidth")
