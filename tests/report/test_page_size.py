"""Large folders: the page stays small and can soon be used."""

import json
from dataclasses import replace
from typing import Any

import pytest

from lstm_jax.report.dashboard import content
from lstm_jax.report.dashboard import page as page_of
from lstm_jax.results import load
from lstm_jax.results.records import plain
from tests.report.dashboards import again, copied, crowd, opener, with_curves, written

pytestmark = pytest.mark.slow


def seconds_to_use(page: Any) -> float:
    """Processor time of the page's thread until it can be used, loaded once more: others may be at work here."""
    session = page.context.new_cdp_session(page)
    session.send("Performance.enable", {"timeDomain": "threadTicks"})

    def spent() -> float:
        found = {one["name"]: one["value"] for one in session.send("Performance.getMetrics")["metrics"]}
        return found["TaskDuration"]

    before = spent()
    page.reload()
    page.wait_for_selector("body[data-ready]")
    return spent() - before


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
    page = opened(path).page
    assert 0.05 < seconds_to_use(page) < 2
    opener(page, "6a").click()
    assert page.locator("figure").count() >= 3


def test_a_thousand_runs_of_twenty_trials_open_in_two_seconds_and_stay_small(tmp_path, opened):
    path = tmp_path / "page.html"
    path.write_text(page_of(content(crowd(tmp_path, 1000), "many", again)))
    assert path.stat().st_size < 15e6
    page = opened(path).page
    assert "1,000 runs, 20,000 trials" in page.locator("header").inner_text()
    assert 0.05 < seconds_to_use(page) < 2
