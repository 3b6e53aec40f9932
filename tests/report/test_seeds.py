"""Many trials: what means of a few are, against exact enumeration, and the same trials made twice."""

import json
import shutil
from dataclasses import replace
from itertools import combinations

import numpy as np
import pytest

from lstm_jax.report import seeds
from lstm_jax.report.documents import fill
from lstm_jax.results import load
from tests.report.dashboards import RESULTS


@pytest.fixture(scope="module")
def run():
    return next(run for run in load(RESULTS / "paper").runs if run.row == "6a")


def of(run, *presentations, **changes):
    stage = replace(run.summary[-1], presentations=presentations, trials=len(presentations), **changes)
    return seeds.Seeds(replace(run, summary=(stage,)))


def test_means_of_a_few_are_those_of_all_choices(run, monkeypatch):
    monkeypatch.setattr(seeds.Seeds, "few", 3)
    times = [10, 20, 40, 80, 160, 320]
    wanted = [np.mean(chosen) for chosen in combinations(times, 3)]
    means = of(run, *times).means
    assert set(np.round(means, 6)) == set(np.round(wanted, 6))
    # Each of the 20 choices is as frequent: 500 of 10,000, with a deviation of 22.
    counts = [np.sum(np.isclose(means, mean)) for mean in set(wanted)]
    assert max(abs(number - 500 * wanted.count(mean)) for number, mean in zip(counts, set(wanted), strict=True)) < 140


def test_trials_that_were_not_solved_are_in_a_mean_where_all_of_the_papers_were(run, monkeypatch):
    monkeypatch.setattr(seeds.Seeds, "few", 2)
    own = of(run, 10, None, 30, at_least=False, budget=1000)
    assert set(own.means) == {10.0, 30.0, 20.0} and own.solved.tolist() == [10, 30]
    assert set(of(run, 10, None, 30, at_least=True, budget=1000).means) == {505.0, 515.0, 20.0}


def test_the_same_trials_are_counted(run):
    times = run.summary[-1].presentations
    other = replace(run, summary=(replace(run.summary[-1], presentations=(times[0] + 100, *times[1:])),))
    (again,) = seeds.pairs([run, other])
    assert again.same == len(times) - 1 and again.p and again.p > 0.5
    assert seeds.pairs([run]) == [] and len(seeds.once([run, other])) == 1


def test_another_precision_is_the_same_trials_and_another_seed_is_not(run):
    double = replace(run, configuration=run.configuration | {"precision": "float64"})
    seed = replace(run, configuration=run.configuration | {"seed": 9})
    (again,) = seeds.pairs([run, seed, double])
    assert again.first is run and again.second is double and len(seeds.once([run, seed, double])) == 2
    first, second = (column.text(again) for column in seeds.AGAIN if column.name in ("first", "second"))
    assert first.startswith("float32, jaxlib ") and second.startswith("float64, jaxlib ")


def test_a_document_and_a_picture_show_them(run, tmp_path):
    document = tmp_path / "x.md"
    document.write_text("<!-- seeds: begin -->\n<!-- seeds: end -->\n")
    for name in ("one", "two"):
        place = tmp_path / "results" / "seeds" / name
        shutil.copytree(run.directory, place / run.name)
    text = fill(document, tmp_path / "results")
    line = next(line for line in text.splitlines() if line.startswith("| 6a |"))
    assert "20/20" in line and json.loads((run.directory / "summary.json").read_text())
    assert "made twice" in text and "20 of 20" in text
    seeds.picture([run], tmp_path / "seeds.svg")
    assert "</svg>" in (tmp_path / "seeds.svg").read_text()
