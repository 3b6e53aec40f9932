"""The printed table against hand-made summaries, and the documents it is written into."""

import io
import json
from dataclasses import replace
from pathlib import Path

import pytest
from rich.console import Console

from lstm_jax import stages
from lstm_jax.errors import InputError
from lstm_jax.report.columns import terminal
from lstm_jax.report.documents import fill, overview, speed, study
from lstm_jax.report.table import COLUMNS, COMPARED, document
from lstm_jax.results import files
from lstm_jax.results.records import plain
from lstm_jax.results.training import Measures, StageRecord, Summary, TrialRecord, summarise

STAGES = stages.named([140, 13], 2000)


def record(trial: int, *reached: tuple[int | None, int]) -> TrialRecord:
    own = tuple(
        StageRecord(stage.sentence, stage.short, at, None if at is None else Measures(wrong, 0.02, 1e-3))
        for stage, (at, wrong) in zip(STAGES, reached, strict=True)
    )
    return TrialRecord(row="5", seed=0, trial=trial, stages=own, diverged=False, end=Measures(16, 0.02, 1e-3))


@pytest.fixture
def summaries() -> tuple[Summary, ...]:
    records = [
        record(0, (482_000, 100), (1_000_000, 10)),
        record(1, (241_000, 140), (None, 0)),
        record(2, (723_000, 120), (3_000_000, 12)),
    ]
    return summarise(records, weights=93, budget=12_730_000, test_sequences=1280, seconds=130.0)


def test_stages_are_set_beside_the_papers(summaries):
    first, last = summaries
    assert first.solved == 3
    assert first.mean == first.median == 482_000
    assert first.paper.presentations == 482_000
    assert last.solved == 2
    assert last.presentations == (1_000_000, None, 3_000_000)
    assert last.mean == 2_000_000
    assert last.range == (1_000_000, 3_000_000)
    assert last.paper.wrong == 14
    assert last.objective == (1_000_000 + 3_000_000 + 12_730_000) / 3
    # All trials of the paper's were solved: one of ours that was not counts with its budget.
    assert last.compared_mean == (1_000_000 + 3_000_000 + 12_730_000) / 3
    assert first.compared_mean == first.mean and first.compared_interval == first.mean_interval
    low, high = last.compared_interval or (0, 0)
    assert 1_000_000 <= low < last.compared_mean < high <= 12_730_000 and last.mean_interval is None
    assert replace(last, at_least=False).compared_mean == last.mean == 2_000_000
    assert COMPARED.text(last).startswith("≥ 5.58M\n[") and COMPARED.text(first).startswith("482k\n[")


def test_a_document_says_of_how_many_answers_and_names_unsolved_trials(summaries):
    text = document(summaries)
    first, last = text.splitlines()[2:4]
    assert first.startswith("| 5, n < 140 |")
    # (1M + 3M + 12.73M) / 3; of those that were all solved there is nothing to say.
    assert "| ≥ 5.58M [" in last and "≥" not in first and "restricted mean" in text
    # The paper tests with 2560: of as many as ours that goes without saying.
    assert "| 120.0 of 1,280 | 139.0 of 2,560 | 0.02 | 0.0223 |" in first
    assert "| 120.0 of 2,560 | 139.0 |" in document([replace(summaries[0], test_sequences=2560)])
    assert "| verdict | wrong | paper's | error |" in text.splitlines()[0]
    # The ratio of equal means is one.
    assert "| 482k | 1.00 | agrees |" in first
    assert "| 2/3 |" in last
    # (1,000,000 + 3,000,000 + 12,730,000) / 3 by 1,273,000
    assert "| ≥ 4.38 | not reproduced |" in last
    assert "the rows whose ratio begins with ≥" in text and "≥" not in document(summaries[:1])
    assert (
        '5: 1 of 3 trials did not reach "fewer than 13 of 2000 wrong" within 12,730,000 presentations; '
        "at the end 16.0 of 1,280" in text
    )


def test_terminal_table_fits_80_columns_and_hides_nothing(summaries):
    wide = [replace(summary, row="4-3", stages=1) for summary in summaries]
    output = io.StringIO()
    Console(file=output, width=80).print(terminal(COLUMNS, wide))
    assert max(len(line) for line in output.getvalue().splitlines()) <= 80
    for text in ("4-3", "93", "2/3", "2.00M", "1.00M-3.00M", "1.27M", "≥", "4.38", "2.2 min", "not reproduced"):
        assert text in output.getvalue()


BENCHMARK = {
    "unit": "ns per trial-step = time / (trials x steps)",
    "figures": [
        {"contender": "ours", "trials": 32, "on": "2 cores", "median": 5.0},
        {"contender": "ours", "trials": 32, "on": "1 core", "median": 10.44},
    ],
    "ratios": [{"name": "Flax", "value": 4.26}],
    "machine": {"processor": "a processor", "cores": 2},
}


@pytest.fixture
def results(tmp_path: Path, summaries) -> Path:
    """A folder with the records of rows 4-1 and 5 and of a benchmark."""
    for name, row in (("4-1-1234", "4-1"), ("5-5678", "5")):
        directory = tmp_path / "paper" / name
        directory.mkdir(parents=True)
        configuration = {"row": row, "seed": 0, "trials": 3, "budget": 12_730_000, "test_sequences": 1280}
        provenance = {"commit": "0" * 40, "command": f"train {row}", "processor": "a processor", "cores": 2}
        if row == "4-1":  # runs were recorded without versions at first
            provenance |= {"versions": {"jaxlib": "0.10.1"}}
            provenance |= {"before": [provenance | {"versions": {"jaxlib": "0.10.0"}}]}
        reached = list(zip(*(summary.presentations for summary in summaries), strict=True))
        own = [record(trial, *((at, 100) for at in stages)) for trial, stages in enumerate(reached)]
        records = [plain(replace(each, row=row)) for each in own]
        content = [plain(replace(summary, row=row)) for summary in summaries]
        files.write_json(directory / "configuration.json", configuration)
        files.write_json(directory / "provenance.json", provenance)
        files.write_json_lines(directory / "trials.jsonl", records)
        files.write_json(directory / "summary.json", content)
    (tmp_path / "benchmark").mkdir()
    (tmp_path / "benchmark" / "adding.json").write_text(json.dumps(BENCHMARK))
    return tmp_path


def filled(results: Path, text: str) -> str:
    (results / "x.md").write_text(text)
    return fill(results / "x.md", results)


def test_only_what_stands_between_marks_changes(results):
    text = "a <!-- speed: begin -->\nold\n<!-- speed: end --> b\n<!-- speed: begin -->\n<!-- speed: end -->"
    once = filled(results, text)
    assert once.startswith(
        "a <!-- speed: begin -->\n"
        "- ours, 32 trials on one core: 10.4 ns per trial-step\n"
        "- Flax: 4.3 times as long\n"
        "\nMedians of one run on a processor, 2 cores;"
    )
    first, between, second = once.partition("<!-- speed: end --> b\n")
    assert between
    assert second == first.removeprefix("a ") + "<!-- speed: end -->"
    assert filled(results, once) == once


def test_a_mark_names_the_rows_it_shows(results):
    whole, fourth = (
        filled(results, f"<!-- {mark}: begin -->\nold\n<!-- {mark}: end -->\n") for mark in ("results", "rows 4")
    )
    for text, rows, made in ((whole, ("4-1", "5"), ()), (fourth, ("4-1",), ("4-1",))):
        lines = text.splitlines()
        shown = [line.split(",")[0].removeprefix("| ") for line in lines if line.startswith("| ") and "n <" in line]
        assert shown == [row for row in rows for _ in range(2)]
        sources = [line for line in lines if line.startswith("- `train ")]
        machine = "a processor, 2 cores, jaxlib 0.10.0 and 0.10.1"
        assert sources == [f"- `train {row}` at commit {'0' * 12} on {machine}" for row in made]
        assert text.count("did not reach") == len(made)


def test_documents_without_marks_and_folders_without_results_are_refused(results, tmp_path_factory):
    with pytest.raises(InputError, match=r"documents has '.*x\.md'"):
        filled(results, "no marks")
    with pytest.raises(InputError, match="the mark 'other'"):
        filled(results, "<!-- other: begin -->\n<!-- other: end -->")
    with pytest.raises(InputError, match=r"documents has '.*no\.md'"):
        fill(results / "no.md", results)
    empty = tmp_path_factory.mktemp("empty")
    with pytest.raises(InputError, match=r"folder is .* holds no run"):
        overview(empty)
    (results / "paper" / "5-5678" / "trials.jsonl").write_text("{")
    with pytest.raises(InputError, match=r"folder has '.*5-5678', which cannot be read: .*half-written"):
        overview(results / "paper")
    with pytest.raises(InputError, match=r"readings is .* has none"):
        study(empty, "4-1")
    with pytest.raises(InputError, match="benchmark is"):
        speed(empty / "adding.json")
