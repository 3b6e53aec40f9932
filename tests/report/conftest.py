"""A browser for tests of the page, and the page of the recorded reproduction."""

import shutil
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from tests.report.dashboards import RESULTS, with_curves, written

if TYPE_CHECKING:
    from playwright.sync_api import Browser, BrowserContext, Dialog, Page  # pyright: ignore[reportMissingImports]


@pytest.fixture(scope="session")
def browser() -> "Iterator[Browser]":
    """Chromium, which scripts/test installs where it may."""
    playwright = pytest.importorskip("playwright.sync_api")
    found = next(filter(None, map(shutil.which, ("chromium", "chromium-browser", "google-chrome"))), None)
    if found is None:
        pytest.fail("These tests need Chromium on the PATH: scripts/test installs it where it may.")
    with playwright.sync_playwright() as driver:
        running = driver.chromium.launch(executable_path=found, args=["--no-sandbox"])
        yield running
        running.close()


@pytest.fixture(scope="session")
def paper(tmp_path_factory) -> Path:
    """The page of the recorded rows as printed, with the closest readings of two of them and one run's curves."""
    folder = tmp_path_factory.mktemp("paper")
    for directory in [*(RESULTS / "paper").iterdir(), *(RESULTS / "closest").glob("[14]-1-*")]:
        if (directory / "summary.json").exists():
            shutil.copytree(directory, folder / directory.name, ignore=shutil.ignore_patterns("*.npz", ".*"))
    with_curves(next(folder.glob("6a-*")))
    return written(folder, folder / "dashboard.html", inside=True, docs="../docs")


class Watched:
    """An open page, and everything that it asked for or complained about."""

    def __init__(self, context: "BrowserContext", path: Path):
        self.page: Page = context.new_page()
        self.asked: list[str] = []
        self.errors: list[str] = []
        self.page.on("request", lambda request: self.asked.append(request.url))
        self.page.on("pageerror", lambda error: self.errors.append(str(error)))
        self.page.on("console", lambda line: self.errors.append(line.text) if line.type == "error" else None)
        self.page.on("dialog", self._dismiss)
        self.page.goto(path.as_uri())
        self.page.wait_for_selector("body[data-ready]")

    def _dismiss(self, dialog: "Dialog") -> None:
        self.errors.append(f"a dialog: {dialog.message}")
        dialog.dismiss()


@pytest.fixture
def opened(browser: "Browser") -> Iterator[Callable[..., Watched]]:
    """opened(path, width, height, ...): the page in a window of its own."""
    contexts = []

    def open_page(path: Path, width: int = 1280, height: int = 900, **settings: Any) -> Watched:
        context = browser.new_context(viewport={"width": width, "height": height}, offline=True, **settings)
        contexts.append(context)
        return Watched(context, path)

    yield open_page
    for context in contexts:
        context.close()
