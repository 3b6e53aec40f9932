"""The printed table against hand-made summaries."""

import io
from pathlib import Path
from typing import Any

import pytest
from rich.console import Console

from experiments.report import insert, reproduction, speed
from lstm_jax.errors import InputError
from lstm_jax.report.table import markdown, rich_table
from lstm_jax.results.summary import summarise


def record(trial: int, *stages: tuple[int | None, int]) -> dict[str, Any]:
    return {
        "row": "5",
        "trial": trial,
        "end": {"test_wrong": 16},
        "stages": [
            {"stage": name, "presentations": at}
            | (
                {}
                if at is None
                else {"test_wrong": wrong, "test_mean_absolute_error": 0.02, "test_mean_squared_error": 1e-3}
            )
            for name, (at, wrong) in zip(("fewer than 140", "fewer than 13"), stages, strict=True)
        ],
    }


@pytest.fixture
def summaries() -> list[dict[str, Any]]:
    records = [
        record(0, (482_000, 100), (1_000_000, 10)),
        record(1, (241_000, 140), (None, 0)),
        record(2, (723_000, 120), (3_000_000, 12)),
    ]
    return summarise(records, weights=93, budget=12_730_000, test_sequences=1280, wall_seconds=130.0)


def test_stages_are_set_beside_the_papers(summaries):
    first, last = summaries
    assert first["successes"] == 3
    assert first["mean"] == first["median"] == 482_000
    assert first["paper"]["presentations"] == 482_000
    assert last["successes"] == 2
    assert last["presentations"] == [1_000_000, None, 3_000_000]
    assert last["mean"] == 2_000_000
    assert last["range"] == [1_000_000, 3_000_000]
    assert last["paper"]["test_wrong"] == 14


def test_markdown_scales_wrong_answers_and_names_unsolved_trials(summaries):
    text = markdown(summaries)
    first, last = text.splitlines()[2:4]
    assert first.startswith("| 5, n < 140 |")
    # 120 of 1280 are 240 of 2560; the ratio of equal means is one.
    assert "| 240.0 | 139 |" in first
    assert "| 482k | 1.00 |" in first
    assert "| 2/3 |" in last
    assert "| 1.57 |" in last
    assert (
        '5: 1 of 3 trials did not reach "fewer than 13" within 12,730,000 presentations; at the end 32.0 of 2560'
        in text
    )


def test_terminal_table_fits_80_columns_and_hides_nothing(summaries):
    wide = [summary | {"row": "4-3", "stages": 1} for summary in summaries]
    output = io.StringIO()
    Console(file=output, width=80).print(rich_table(wide))
    assert max(len(line) for line in output.getvalue().splitlines()) <= 80
    for text in ("4-3", "93", "2/3", "2.00M", "1.00M-3.00M", "1.27M", "1.57", "2.2 min"):
        assert text in output.getvalue()


def test_documents_without_marks_and_folders_without_results_are_refused(tmp_path: Path):
    with pytest.raises(InputError, match=r"document is 'x\.md'"):
        insert("no marks", "results", "new", "x.md")
    with pytest.raises(InputError, match="has none"):
        reproduction(tmp_path)
    with pytest.raises(InputError, match="benchmark is"):
        speed(tmp_path / "adding.json")


def test_only_what_stands_between_the_marks_changes():
    text = "a <!-- x: begin -->old<!-- x: end --> b <!-- y: begin --><!-- y: end -->"
    once = insert(text, "x", "new\n", "x.md")
    assert once == "a <!-- x: begin -->\nnew\n<!-- x: end --> b <!-- y: begin --><!-- y: end -->"
    assert insert(once, "x", "new\n", "x.md") == once
