"""The page in a real browser: what it shows of runs, that it asks nobody, that it follows runs."""

import csv
import io
import json
import re
import shutil
from collections import Counter
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from matplotlib.image import imread

from lstm_jax.paper.closest import QUICK, departures
from lstm_jax.report.table import count
from lstm_jax.results import files, load
from lstm_jax.results.records import plain
from tests.report.dashboards import (
    RESULTS,
    contrast,
    copied,
    hexadecimal,
    opener,
    unfinished,
    with_curves,
    written,
)

pytestmark = pytest.mark.slow

PICTURES = Path(__file__).parents[2] / "build" / "dashboard"
"""Where screenshots go, for a person to look at."""


def test_every_recorded_row_is_there_with_its_verdict_in_words(paper, opened):
    watched = opened(paper)
    page = watched.page
    for directory in paper.parent.iterdir():
        if not directory.is_dir():
            continue
        summary = json.loads((directory / "summary.json").read_text())
        rows = page.locator(f'tbody[data-run="{directory.name}"] > tr.figures')
        assert rows.count() == len(summary)
        for i, stage in enumerate(summary):
            text = rows.nth(i).inner_text()
            solved = stage["solved"] if "solved" in stage else stage["successes"]  # as older versions wrote it
            assert f"{solved}/{stage['trials']}" in text
            assert stage["verdict"] in text
    assert page.locator("tbody.run svg.strip[role=img]").count() == page.locator("tr.figures").count()
    # A row that is opened, a settings figure, traces, flows: nothing asks for anything but the file.
    opener(page, "6a").click()
    page.get_by_label("against a second one").select_option("trials")
    assert watched.asked == [paper.as_uri()]
    assert watched.errors == []


def test_the_first_screen_says_what_came_out_of_each_experiment(paper, opened):
    page = opened(paper).page
    runs = {run.name: run for run in load(paper.parent).runs}
    lines = page.locator("table.outcome tbody tr")
    texts = [line.inner_text() for line in lines.all()]
    closest = {"1": "1-1", "4": "4-1"}  # the two that are here in their closest readings stand for their experiments
    rows = [closest.get(row[0], row) for row in QUICK]
    for row, text, line in zip(rows, texts, lines.all(), strict=True):
        (run,) = (
            run
            for run in runs.values()
            if run.row == row and (row not in closest.values() or (RESULTS / "closest" / run.name).is_dir())
        )
        last = run.summary[-1]
        assert text.startswith(row) and f"{last.solved} of {last.trials} trials solved" in text and last.verdict in text
        assert last.solved == last.trials or f"all trials ≥ {count(last.objective)}" in text
        drawn = line.locator("svg.strip").get_attribute("aria-label") or ""
        assert drawn.startswith(f"{last.solved} of {last.trials} trials solved")
        assert last.paper and f"the paper's mean is {count(last.paper.presentations)}" in drawn
        words = departures(row)
        assert (f"in the closest reading: {words}" if row in closest.values() else "as printed") in text
    # What else is here of the experiment; 4-1 is here twice.
    assert "All 8 rows of experiment 3 here: agrees 2, near 2, faster 3, slower 1." in texts[2]
    assert "All 4 runs of experiment 4 here: near 1, slower 2, not reproduced 1." in texts[3]
    assert "here:" not in texts[4] and "Both rows of experiment 6 here: agrees 1, not reproduced 1." in texts[5]
    # Runs by verdict: every run once, however many stages it has.
    chips = page.get_by_label("runs by verdict").locator("li").all_inner_texts()
    counted = {word: number for number, word in (chip.split(None, 1) for chip in chips)}
    verdicts = Counter(run.summary[-1].verdict for run in runs.values())
    assert counted == {word: str(number) for word, number in verdicts.items()}


def test_a_row_shows_the_mean_and_the_interval_that_its_verdict_compares(paper, opened):
    page = opened(paper).page
    (run,) = (run for run in load(paper.parent).runs if run.row == "3a-1")
    row = page.locator('tbody[data-run^="3a-1-"] > tr.figures').last
    # Nine were solved, ten of the paper's: (9 x 26,900 + 399,000) / 10, an interval around the paper's 39.9k.
    assert run.summary[-1].solved == 9 and run.summary[-1].verdict == "agrees"
    assert " ".join(row.locator("td").nth(1).inner_text().split()) == "≥ 64.1k [23.8k, 181k]"
    strip = row.locator("svg.strip")
    assert "mean of all trials at least 64.1k, interval 23.8k to 181k" in (strip.get_attribute("aria-label") or "")
    assert strip.locator("text", has_text="≥").count() == 1
    low, high = (float(strip.locator(".interval").get_attribute(end) or 0) for end in ("x1", "x2"))
    assert low < float(strip.locator(".rule").get_attribute("x1") or 0) < high
    opener(page, "3a-1, n = 0").click()
    both = "mean of the solved trials 26.9k [18.2k, 35.0k], of all trials ≥ 64.1k [23.8k, 181k]"
    assert both in page.locator("tr.detail").inner_text()
    # Not all of the paper's were solved either: its mean is over the solved, and so is ours.
    row = page.locator('tbody[data-run^="1-3-"] > tr.figures')
    assert " ".join(row.locator("td").nth(1).inner_text().split()) == "59.2k [38.2k, 70.7k] (≥ 130k)"
    assert row.locator("svg.strip text", has_text="≥").count() == 0


STRIPS = """(all) => all.map((one) => {
  const numbers = (where, name) => [...one.querySelectorAll(where)].map((part) => Number(part.getAttribute(name)));
  const words = [...one.querySelectorAll(".grid + text")];
  const body = one.closest("tbody");
  return {
    run: body.dataset.run, stage: [...body.querySelectorAll("svg.strip")].indexOf(one),
    at: numbers(".grid", "x1"), mean: numbers("line.tone-0:not(.interval)", "x1"),
    words: words.map((text) => text.textContent),
    ends: words.map((text) => text.getBBox()).flatMap((box) => [box.x, box.x + box.width]),
    dots: [...one.querySelector(".dots").getAttribute("d").matchAll(/M([^ ]+)/g)].map((found) => Number(found[1])),
  };
})"""
"""What strips show: their ticks with words and where these begin and end, the mean, and trials."""


def test_every_strip_has_an_axis_that_can_be_read(paper, opened):
    runs = {run.name: run for run in load(paper.parent).runs}
    drawn = 0
    for strip in opened(paper).page.locator("tbody.run tr.figures svg.strip").evaluate_all(STRIPS):
        summary = runs[strip["run"]].summary[strip["stage"]]
        if summary.compared_mean is None and not (summary.paper and summary.paper.presentations):
            assert strip["at"] == []  # nobody was solved: there is nothing to read
            continue
        drawn += 1
        assert len(strip["words"]) == len(strip["at"]) >= 2, strip
        ends = strip["ends"]
        assert all(end + 2 < begin for end, begin in zip(ends[1::2], ends[2::2], strict=False)), strip
        # By its ticks alone the mean and every trial are read off.
        values = [float(re.sub("[kM]", "", word)) * {"k": 1e3, "M": 1e6}.get(word[-1], 1) for word in strip["words"]]
        slope, start = np.polyfit(strip["at"], np.log(values), 1)
        mean = [] if summary.compared_mean is None else [summary.compared_mean]
        assert np.exp(start + slope * np.array(strip["mean"])) == pytest.approx(mean, rel=1e-3)
        solved = sorted(at for at in summary.presentations if at is not None)
        assert np.sort(np.exp(start + slope * np.array(strip["dots"]))) == pytest.approx(solved, rel=0.01)
        # 3a-3 needs ten times as many as the other rows of its table, and a factor of two can be seen all the same.
        assert summary.row != "3a-3" or np.log(2) / slope > 60
    assert drawn > 40


def tone(picture: Any, mark: str) -> np.ndarray:
    """The darkest pixel of what is drawn by these marks alone, red, green and blue from 0 to 1."""
    picture.evaluate(
        """(svg, mark) => svg.querySelectorAll(":not(clipPath, clipPath *)").forEach(
          (one) => { one.style.visibility = one.matches(mark) ? "visible" : "hidden"; })""",
        mark,
    )
    pixels = imread(io.BytesIO(picture.screenshot()))[..., :3].reshape(-1, 3)
    return pixels[pixels.sum(axis=1).argmin()]


def test_a_legend_has_the_tones_of_what_it_explains(paper, opened):
    page = opened(paper).page
    strip = page.locator('tbody[data-run^="6a-"] svg.strip')
    dots = tone(page.locator(".legend svg").first, ".dots")
    np.testing.assert_allclose(dots, tone(strip, ".dots"), atol=0.01)
    opener(page, "6a").click()
    figure = page.locator("figure", has_text="Training error of run 6a-")
    figure.locator(".legend svg").first.wait_for()
    line = tone(figure.locator(".legend svg").first, ".thin")
    np.testing.assert_allclose(line, tone(figure.locator("div > svg").first, ".thin"), atol=0.01)
    assert contrast("#ffffff", "#" + "".join(f"{round(255 * part):02x}" for part in line)) >= 3


def test_wrong_answers_say_of_how_many_and_no_heading_says_otherwise(paper, opened):
    page = opened(paper).page

    def wrong(row: str) -> str:
        cells = page.locator(f'tbody[data-run^="{row}-"] > tr.figures').last.locator("td[data-name^=wrong]")
        return " ".join(cells.inner_text().split())

    # Experiment 1 tests a net on its trial's own 512; the paper's wrong answers are of 2,560.
    assert wrong("1-2") == "0.0 of 512" and wrong("3c-1") == "29.3 of 2,560 (14.3)"
    assert set(page.locator("th.column-wrong").all_inner_texts()) == {"wrong (paper's)"}


def test_a_row_of_ones_own_alone_has_a_first_screen(tmp_path, opened):
    for number in range(3):
        copied("6b", tmp_path, f"mine-{number}", row="mine", seed=number)
    watched = opened(written(tmp_path, tmp_path / "page.html"))
    (line,) = watched.page.locator("table.outcome tbody tr").all()
    assert "mine" in line.inner_text() and "as in its file" in line.inner_text()
    assert "The paper's tables" not in watched.page.locator("main").inner_text()
    assert "Not shown here" not in watched.page.locator("main").inner_text()
    assert "All 3 runs of mine here: no figure in the paper 3." in line.inner_text()
    assert watched.page.locator("tbody.run th").all_inner_texts()[1].split("\n") == ["mine", "seed 1"]
    assert watched.errors == []


def test_a_row_opens_by_mouse_and_by_keyboard(paper, opened):
    page = opened(paper).page
    page.locator('tbody[data-run^="6a-"] > tr.figures').first.locator("td").nth(1).click()
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
    page = opened(written(tmp_path, tmp_path / "page.html")).page
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
    page = opened(paper).page
    section = page.locator("section[aria-labelledby=arena]")
    record = json.loads((RESULTS / "arena" / "quick.json").read_text())
    lines = [line for line in record["lines"] if line["task"] == "two_sequences"]
    (own,) = (line for line in lines if (line["cell"], line["lag"]) == ("irnn", 30))
    rows = section.locator("table").first.inner_text().splitlines()
    (irnn,) = (row.split("\t") for row in rows if row.startswith("irnn\t"))
    assert own["solved"] >= 18 and irnn[1 + record["conditions"]["tasks"].index("two_sequences")].strip() == "30"
    section.locator("summary", has_text="every lag").click()
    picture = section.locator("figure", has_text="quick, two sequences: trials solved at each lag")
    picture.scroll_into_view_if_needed()
    tiles = picture.locator("svg .cell-text").all_text_contents()
    assert tiles == [f"{line['solved']}/{line['trials']}" for line in lines]
    assert f"irnn at 30: {own['solved']}/20" in (picture.locator("svg").first.get_attribute("aria-label") or "")


def test_ticked_runs_stand_side_by_side(paper, opened):
    page = opened(paper).page
    for name in ("4-2", "4-3"):
        (run,) = (run for run in load(paper.parent).runs if run.configuration["row"] == name)
        page.get_by_label(f"Compare {run.name}").check()
    compared = page.locator("#compared")
    texts = [line.split("\t") for line in compared.locator("table").first.inner_text().splitlines()]
    assert ["task.length", "500", "1000"] in [[cell.strip() for cell in line] for line in texts]
    assert compared.get_by_role("img", name=re.compile("Time to success, side by side")).count() == 1


def test_every_picture_has_words_and_its_numbers_can_be_saved(paper, opened, tmp_path):
    page = opened(paper).page
    opener(page, "6a").click()
    for text in page.locator("svg[role=img]").evaluate_all("(all) => all.map((one) => one.getAttribute('aria-label'))"):
        assert len(text) > 20
    assert page.locator("figure").count() > 8
    for figure in page.locator("figure").all():
        assert figure.locator("summary").text_content() == "Values"
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


def test_a_watched_page_follows_and_keeps_what_is_open(tmp_path, opened):
    directory = copied("6a", tmp_path)
    with_curves(directory)
    finished = shutil.copytree(directory, tmp_path / "kept" / directory.name)
    unfinished(directory)
    path = written(directory, tmp_path / "page.html", seconds=1)
    page = opened(path).page
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
    page = opened(paper, **settings).page
    opener(page, "6a").click()
    page.wait_for_timeout(200)
    page.screenshot(path=PICTURES / f"{name}.png", full_page=name != "phone")
    assert (PICTURES / f"{name}.png").stat().st_size > 50_000
    if name == "light":
        page.pdf(path=PICTURES / "paper.pdf", format="A4")
