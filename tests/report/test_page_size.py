"""Large folders: the page stays small and can soon be used."""

import json
import time
from dataclasses import replace

import numpy as np
import pytest

from lstm_jax.report.dashboard import content
from lstm_jax.report.dashboard import page as page_of
from lstm_jax.results import load
from lstm_jax.results.records import plain
from tests.report.dashboards import again, copied, crowd, opener, with_curves, written

pytestmark = pytest.mark.slow


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
    page = opened(path).page
    opener(page, "6a").click()
    assert page.locator("figure").count() >= 3


def test_a_thousand_runs_of_twenty_trials_open_in_two_seconds_and_stay_small(tmp_path, opened):
    path = tmp_path / "page.html"
    path.write_text(page_of(content(crowd(tmp_path, 1000), "many", again)))
    assert path.stat().st_size < 15e6
    took = []
    for _ in range(3):
        started = time.monotonic()
        watched = opened(path)
        took.append(time.monotonic() - started)
        assert "1,000 runs, 20,000 trials" in watched.page.locator("header").inner_text()
    assert np.min(took) < 2
