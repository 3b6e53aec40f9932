"""The table of weight guessing in a document: which studies it shows, in which order, and where they come from."""

import json
from dataclasses import replace

import pytest

from lstm_jax.errors import InputError
from lstm_jax.report.documents import guessed
from lstm_jax.results.guesses import GuessSummary
from lstm_jax.results.records import plain

SUMMARY = GuessSummary(
    problem="parity",
    architecture="a1",
    weights=7,
    training_sequences=100,
    test_sequences=100,
    trials=4,
    seed=0,
    budget=100_000,
    solved=4,
    guesses=(4000, 4500, 5000, 6500),
    tried=20_000,
    mean=5000.0,
    mean_interval=(4000.0, 6100.0),
    published=2906,
    ratio=1.7206,
    wrong=0.5,
    mean_absolute_error=0.01,
    flawless=3,
    seconds=0.63,
    rate=31_585,
)


@pytest.fixture
def folder(tmp_path):
    for changes in ({}, {"architecture": "a2"}, {"problem": "latch"}, {"problem": "tomita_1"}):
        study = replace(SUMMARY, **changes)
        directory = tmp_path / f"{study.problem}-{study.architecture}-0"
        directory.mkdir()
        origin = {"command": f"guess {directory.name}", "commit": "abc", "processor": "some", "cores": 2}
        (directory / "summary.json").write_text(json.dumps(plain(study)))
        (directory / "provenance.json").write_text(json.dumps(origin))
    return tmp_path


def test_studies_are_chosen_and_ordered_by_their_problems(folder):
    text = guessed(folder, ["tomita", "parity"])
    lines = [line for line in text.splitlines() if line.startswith("| ")][2:]
    assert [line.split(" | ")[:2] for line in lines] == [
        ["| tomita_1", "a1"],
        ["| parity", "a1"],
        ["| parity", "a2"],
    ]
    assert lines[1] == "| parity | a1 | 7 | 4/4 | 5.00k [4.00k, 6.10k] | 2,906 | 1.72 | 0.50 % | 3/4 | 31,585 |"
    assert "`guess parity-a2-0`" in text
    assert "latch" not in text


def test_a_problem_without_studies_is_refused(folder):
    with pytest.raises(InputError, match="chess"):
        guessed(folder, ["chess"])
