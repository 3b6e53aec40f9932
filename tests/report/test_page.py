"""The page in a real browser: what it shows, that it asks nobody, keyboard, phone, hostile values, size and time."""

import csv
import json
import re
import shutil
import time
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from lstm_jax.results import files, load
from lstm_jax.results.records import plain
from tests.report.dashboards import HOSTILE, RESULTS, contrast, copied, unfinished, with_curves, written

pytest.importorskip("playwright.sync_api")
from playwright.sync_api import (  # pyright: ignore[reportMissingImports]
    Browser,
    BrowserContext,
    Dialog,
    Page,
    sync_playwright,
)

pytestmark = pytest.mark.slow

PICTURES = Path(__file__).parents[2] / "build" / "dashboard"
"""Where screenshots go, for a person to look at."""


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    found = next(filter(None, map(shutil.which, ("chromium", "chromium-browser", "google-chrome"))), None)
    if found is None:
        pytest.fail("These tests need Chromium on the PATH: scripts/test installs it where it may.")
    with sync_playwright() as playwright:
        running = playwright.chromium.launch(executable_path=found, args=["--no-sandbox"])
        yield running
        running.close()


@pytest.fixture(scope="module")
def paper(tmp_path_factory) -> Path:
    """The page of the recorded reproduction, one of whose runs has curves."""
    folder = tmp_path_factory.mktemp("paper")
    for directory in (RESULTS / "paper").iterdir():
        if (directory / "summary.json").exists():
            shutil.copytree(directory, folder / directory.name, ignore=shutil.ignore_patterns("*.npz", ".*"))
    with_curves(next(folder.glob("6a-*")))
    return written(folder, folder / "dashboard.html", inside=True)


class Watched:
    """An open page, and everything that it asked for or complained about."""

    def __init__(self, context: BrowserContext, path: Path):
        self.page: Page = context.new_page()
        self.asked: list[str] = []
        self.errors: list[str] = []
        self.page.on("request", lambda request: self.asked.append(request.url))
        self.page.on("pageerror", lambda error: self.errors.append(str(error)))
        self.page.on("console", lambda line: self.errors.append(line.text) if line.type == "error" else None)
        self.page.on("dialog", self._dismiss)
        self.page.goto(path.as_uri())
        self.page.wait_for_selector("body[data-ready]")

    def _dismiss(self, dialog: Dialog) -> None:
        self.errors.append(f"a dialog: {dialog.message}")
        dialog.dismiss()


@pytest.fixture
def opened(browser: Browser):
    contexts = []

    def open_page(path: Path, width: int = 1280, height: int = 900, **settings) -> Watched:
        context = browser.new_context(viewport={"width": width, "height": height}, offline=True, **settings)
        contexts.append(context)
        return Watched(context, path)

    yield open_page
    for context in contexts:
        context.close()


def hexadecimal(color: str) -> str:
    return "#" + "".join(f"{int(part):02x}" for part in re.findall(r"\d+", color))


def opener(page: Page, row: str):
    return page.locator("button.opener", has_text=re.compile(f"^{row}$"))


def test_every_recorded_row_is_there_with_its_verdict_in_words(paper, opened):
    watched = opened(paper)
    page: Page = watched.page
    for directory in paper.parent.iterdir():
        if not directory.is_dir():
            continue
        summary = json.loads((directory / "summary.json").read_text())
        rows = page.locator(f'tbody[data-run="{directory.name}"] > tr')
        assert rows.count() == len(summary)
        for i, stage in enumerate(summary):
            text = rows.nth(i).inner_text()
            solved = stage["solved"] if "solved" in stage else stage["successes"]  # as older versions wrote it
            assert f"{solved}/{stage['trials']}" in text
            assert stage["verdict"] in text
    assert page.locator("td.strip-cell svg[role=img]").count() == page.locator("tbody.run > tr").count()
    # A row that is opened, a settings figure, traces, flows: nothing asks for anything but the file.
    opener(page, "6a").click()
    page.get_by_label("against a second one").select_option("trials")
    assert watched.asked == [paper.as_uri()]
    assert watched.errors == []


def test_a_row_opens_by_mouse_and_by_keyboard(paper, opened):
    page: Page = opened(paper).page
    page.locator('tbody[data-run^="6a-"] > tr').first.locator("td").nth(1).click()
    detail = page.locator('tbody[data-run^="6a-"] tr.detail')
    assert detail.get_by_role("img", name=re.compile("Training error of run 6a-")).count() == 1
    assert detail.get_by_label("command").inner_text() == "train experiment=6a again=true"
    (run,) = (run for run in load(paper.parent).runs if run.configuration["row"] == "6a")
    assert f"{run.summary[0].solved} of 20 trials solved" in detail.inner_text()
    button = opener(page, "6a")
    button.focus()
    page.keyboard.press("Enter")
    assert button.get_attribute("aria-expanded") == "false" and detail.count() == 0
    page.keyboard.press("Space")
    assert button.get_attribute("aria-expanded") == "true" and detail.count() == 1


def test_the_keyboard_reaches_everything_in_order(paper, opened):
    page: Page = opened(paper).page
    reached = []
    for _ in range(12):
        page.keyboard.press("Tab")
        reached.append(page.evaluate("document.activeElement.innerText.trim() || document.activeElement.tagName"))
        assert page.evaluate("getComputedStyle(document.activeElement).outlineStyle") != "none"
    assert reached[0] == "To the tables"
    assert reached[1:6] == ["Tables", "Settings and runs", "The arena", "Inside a net", "Error flow"]
    assert reached[6] == "◐ light or dark" and reached[9] == "Filter" and reached[10] == "1-rtrl-3"
    page.locator(".list .sorter", has_text="solved").focus()
    page.keyboard.press("Enter")
    heading = page.locator(".list th", has_text="solved")
    assert heading.get_attribute("aria-sort") == "ascending"
    # Settings that differ from run to run have columns, too.
    place = page.locator(".list thead th").all_inner_texts().index("solved")
    solved = [row.locator("td, th").nth(place).inner_text() for row in page.locator(".list tbody tr").all()]
    shares = [int(a) / int(b) for a, b in (text.split("/") for text in solved)]
    assert shares == sorted(shares)


def test_filters_show_the_runs_that_they_name(paper, opened):
    page: Page = opened(paper).page
    runs = load(paper.parent).runs
    page.get_by_label("show only runs whose").select_option("verdict")
    page.get_by_label("is", exact=True).select_option("agrees")
    page.get_by_role("button", name="Filter", exact=True).click()
    wanted = {run.name for run in runs if run.summary[-1].verdict == "agrees"}
    shown = page.locator("tbody.run").evaluate_all("(all) => all.map((one) => one.dataset.run)")
    assert set(shown) == wanted and len(shown) == len(wanted)
    page.get_by_label("show only runs whose").select_option("optimizer.learning_rate")
    page.get_by_label("is", exact=True).select_option("0.5")
    page.get_by_role("button", name="Filter", exact=True).click()
    wanted = {
        name for name in wanted for run in runs if run.name == name and run.fields["optimizer.learning_rate"] == 0.5
    }
    shown = page.locator("tbody.run").evaluate_all("(all) => all.map((one) => one.dataset.run)")
    assert wanted and set(shown) == wanted
    assert page.locator("#told").inner_text() == f"{len(wanted)} of {len(runs)} runs are shown."
    page.get_by_role("button", name="Remove the filter verdict is agrees").click()
    page.get_by_role("button", name="Show all").click()
    assert page.locator("tbody.run").count() == len(runs)


def test_two_settings_give_a_heat_map_and_groups_their_shares(tmp_path, opened):
    shares = {}
    for rate in (0.1, 0.5):
        for blocks in (1, 2):
            directory = copied(
                "6a", tmp_path, f"run-{rate}-{blocks}", optimizer__learning_rate=rate, network__cell__blocks=blocks
            )
            [recorded] = load(directory).runs
            summary = json.loads((directory / "summary.json").read_text())
            lost = 6 * blocks if rate == 0.1 else 0
            summary[0]["presentations"] = [1000] * (20 - lost) + [None] * lost
            summary[0] |= {"solved": 20 - lost, "unsolved_test_wrong": 1280.0 if lost else None}
            (directory / "summary.json").write_text(json.dumps(summary))
            needed = zip(recorded.records, summary[0]["presentations"], strict=True)
            records = [replace(one, stages=(replace(one.stages[0], presentations=at),)) for one, at in needed]
            files.write_json_lines(directory / "trials.jsonl", list(map(plain, records)))
            shares[rate, blocks] = (20 - lost) / 20
    page: Page = opened(written(tmp_path, tmp_path / "page.html")).page
    page.get_by_label("setting", exact=True).select_option("optimizer.learning_rate")
    page.get_by_label("against a second one").select_option("network.cell.blocks")
    page.wait_for_selector("svg .cell-text")
    cells = page.locator("svg .cell-text").all_text_contents()
    assert sorted(cells) == sorted(f"{100 * share:.0f} %" for share in shares.values())
    for fill, letters in page.locator("svg .cell-text").evaluate_all(
        "(all) => all.map((one) => [one.previousSibling, one].map((part) => getComputedStyle(part).fill))"
    ):
        assert contrast(*(hexadecimal(color) for color in (fill, letters))) >= 4.5
    page.get_by_label("group by").select_option("optimizer.learning_rate")
    groups = page.locator("th.group").all_inner_texts()
    assert groups == [
        "optimizer.learning_rate 0.1: 2 runs, 55 % of their trials solved",
        "optimizer.learning_rate 0.5: 2 runs, 100 % of their trials solved",
    ]
    # Where more than half of the trials were not solved there is no median.
    page.get_by_label("measure").select_option("median")
    page.wait_for_selector("svg .cell-text")
    assert set(page.locator("svg .cell-text").all_text_contents()) == {"1k", "-"}


def test_a_board_has_its_reaches_and_a_tile_for_every_share(paper, opened):
    page: Page = opened(paper).page
    section = page.locator("section[aria-labelledby=arena]")
    record = json.loads((RESULTS / "arena" / "quick.json").read_text())
    lines = [line for line in record["lines"] if line["task"] == "two_sequences"]
    (own,) = (line for line in lines if (line["cell"], line["lag"]) == ("irnn", 30))
    rows = section.locator("table").first.inner_text().splitlines()
    (irnn,) = (row.split("\t") for row in rows if row.startswith("irnn\t"))
    assert own["solved"] >= 18 and irnn[1 + record["conditions"]["tasks"].index("two_sequences")].strip() == "30"
    picture = section.locator("figure", has_text="quick, two sequences: trials solved at each lag")
    picture.scroll_into_view_if_needed()
    tiles = picture.locator("svg .cell-text").all_text_contents()
    assert tiles == [f"{line['solved']}/{line['trials']}" for line in lines]
    assert f"irnn at 30: {own['solved']}/20" in (picture.locator("svg").first.get_attribute("aria-label") or "")


def test_ticked_runs_stand_side_by_side(paper, opened):
    page: Page = opened(paper).page
    for name in ("4-2", "4-3"):
        (run,) = (run for run in load(paper.parent).runs if run.configuration["row"] == name)
        page.get_by_label(f"Compare {run.name}").check()
    compared = page.locator("#compared")
    texts = [line.split("\t") for line in compared.locator("table").first.inner_text().splitlines()]
    assert ["task.length", "500", "1000"] in [[cell.strip() for cell in line] for line in texts]
    assert compared.get_by_role("img", name=re.compile("Time to success, side by side")).count() == 1


def test_every_picture_has_words_and_its_numbers_can_be_saved(paper, opened, tmp_path):
    page: Page = opened(paper).page
    opener(page, "6a").click()
    for text in page.locator("svg[role=img]").evaluate_all("(all) => all.map((one) => one.getAttribute('aria-label'))"):
        assert len(text) > 20
    assert page.locator("figure").count() > 8
    for figure in page.locator("figure").all():
        assert figure.locator("summary").inner_text() == "Values"
    figure = page.locator("figure", has_text="Time to success of run 6a")
    figure.locator("summary").click()
    with page.expect_download() as download:
        figure.get_by_role("button", name="Save as CSV").click()
    download.value.save_as(tmp_path / "values.csv")
    with (tmp_path / "values.csv").open(newline="") as file:
        heading, *lines = csv.reader(file)
    (run,) = (run for run in load(paper.parent).runs if run.configuration["row"] == "6a")
    assert heading == ["trial", run.summary[0].stage]
    for trial, (number, value) in enumerate(lines):
        at = run.records[trial].presentations
        assert number == str(trial) and value == (f"> {run.summary[0].budget}" if at is None else str(at))


def test_values_of_configurations_and_names_of_folders_stay_text(tmp_path, opened):
    copied("6a", tmp_path, "6a-<b>bold<b>", task__name=HOSTILE, network__cell__cell_bias="=1+1")
    copied("6a", tmp_path, "other")
    broken = copied("4-1", tmp_path, "<img src=x onerror=alert(2)>")
    (broken / "summary.json").write_text("[{")
    watched = opened(written(tmp_path, tmp_path / "page.html"))
    page: Page = watched.page
    for button in page.locator("button.opener").all():
        button.click()
    page.get_by_label("show only runs whose").select_option("task.name")
    page.get_by_label("setting", exact=True).select_option("task.name")
    page.get_by_label("group by").select_option("task.name")
    page.evaluate("document.querySelectorAll('details').forEach((one) => { one.open = true; })")
    page.wait_for_timeout(200)
    assert HOSTILE in page.locator("body").inner_text()
    assert "<img src=x onerror=alert(2)>" in page.locator("section", has_text="Left out").inner_text()
    assert page.locator("img, b, iframe").count() == 0 and page.locator("script").count() == 2
    assert watched.errors == [] and len(watched.asked) == 1


def test_the_policy_forbids_what_the_page_never_does(paper, opened):
    page: Page = opened(paper).page
    refused = page.evaluate("""() => new Promise((done) => {
      const found = [];
      setTimeout(() => done(found), 5000);
      addEventListener("securitypolicyviolation", (event) => {
        found.push(event.effectiveDirective);
        if (found.length === 4) done(found);
      });
      const add = (name, set) => document.body.append(Object.assign(document.createElement(name), set));
      fetch("https://example.org/").catch(() => {});
      add("img", { src: "https://example.org/x.png" });
      add("script", { textContent: "window.ran = true" });
      add("iframe", { src: "https://example.org/" });
    })""")
    assert set(refused) == {"connect-src", "img-src", "script-src-elem", "frame-src"}
    assert page.evaluate("window.ran") is None


@pytest.mark.parametrize("width", [320, 390])
def test_a_phone_shows_everything_without_scrolling_sideways(paper, opened, width):
    page: Page = opened(paper, width=width, height=700).page
    opener(page, "6a").click()
    page.get_by_label("measure").select_option("median")
    page.wait_for_timeout(200)
    assert page.evaluate("document.documentElement.scrollWidth") <= width
    # Drawn for this width, not shrunk: letters keep their size.
    drawn = "(all) => Math.min(...all.map((one) => one.clientWidth / one.viewBox.baseVal.width))"
    assert page.locator("figure > div > svg").evaluate_all(drawn) > 0.95
    small = page.locator("button:visible:not(.opener):not(.sorter)").evaluate_all(
        "(all) => Math.min(...all.map((b) => b.clientHeight))"
    )
    assert small >= 36


def test_dark_light_and_paper_have_their_colours(paper, opened):
    background = "getComputedStyle(document.body).backgroundColor"
    page: Page = opened(paper, color_scheme="dark").page
    assert page.evaluate(background) == "rgb(21, 24, 27)"
    page.emulate_media(media="print", color_scheme="dark")
    assert page.evaluate(background) == "rgb(255, 255, 255)"
    page.emulate_media(media="screen", color_scheme="dark")
    page.get_by_role("button", name="Light or dark").click()
    assert page.evaluate(background) == "rgb(255, 255, 255)"
    page.reload()
    page.wait_for_selector("body[data-ready]")
    assert page.evaluate(background) == "rgb(255, 255, 255)"


def test_a_watched_page_follows_and_keeps_what_is_open(tmp_path, opened):
    directory = copied("6a", tmp_path)
    with_curves(directory)
    finished = shutil.copytree(directory, tmp_path / "kept" / directory.name)
    unfinished(directory)
    path = written(directory, tmp_path / "page.html", seconds=1)
    page: Page = opened(path).page
    opener(page, "6a").click()
    assert "unfinished" in page.locator("tbody.run").inner_text()
    for file in finished.iterdir():
        shutil.copy(file, directory)
    written(directory, path)
    page.wait_for_selector(".verdict.agrees", timeout=8000)
    assert opener(page, "6a").get_attribute("aria-expanded") == "true"
    assert page.locator("#live").count() == 0


def test_a_reader_can_stop_the_page_from_changing(tmp_path, opened):
    path = written(copied("6a", tmp_path), tmp_path / "page.html", seconds=1)
    watched = opened(path)
    watched.page.get_by_role("button", name="Pause").click()
    before = len(watched.asked)
    watched.page.wait_for_timeout(1500)
    assert len(watched.asked) == before


def test_a_thousand_trials_open_in_two_seconds_and_stay_small(tmp_path, opened):
    directory = copied("6a", tmp_path, trials=1000)
    summary = json.loads((directory / "summary.json").read_text())
    source = load(copied("6a", tmp_path / "source")).runs[0]
    records = [replace(source.records[i % 20], trial=i) for i in range(1000)]
    times = [record.presentations for record in records]
    summary[0] |= {"trials": 1000, "presentations": times, "solved": sum(at is not None for at in times)}
    (directory / "summary.json").write_text(json.dumps(summary))
    (directory / "trials.jsonl").write_text("".join(json.dumps(plain(record)) + "\n" for record in records))
    with_curves(directory, points=2000)
    path = written(directory, tmp_path / "page.html")
    assert path.stat().st_size < 15e6
    took = []
    for _ in range(3):
        started = time.monotonic()
        opened(path)
        took.append(time.monotonic() - started)
    assert np.min(took) < 2
    page: Page = opened(path).page
    opener(page, "6a").click()
    assert page.locator("figure").count() >= 3


@pytest.mark.parametrize(
    ("name", "settings"),
    [
        ("light", {}),
        ("dark", {"color_scheme": "dark"}),
        ("phone", {"width": 390, "height": 800, "device_scale_factor": 2}),
    ],
)
def test_pictures_for_a_person(paper, opened, name, settings):
    PICTURES.mkdir(parents=True, exist_ok=True)
    page: Page = opened(paper, **settings).page
    opener(page, "6a").click()
    page.wait_for_timeout(200)
    page.screenshot(path=PICTURES / f"{name}.png", full_page=name != "phone")
    assert (PICTURES / f"{name}.png").stat().st_size > 50_000
    if name == "light":
        page.pdf(path=PICTURES / "paper.pdf", format="A4")
