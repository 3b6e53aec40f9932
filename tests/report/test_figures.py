"""Pictures for papers: they hold every trial, are the same when drawn again, and are what the records say."""

import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from matplotlib.text import Annotation

from lstm_jax.report import error_flow, strips, style
from lstm_jax.report.figures import learning_curves
from lstm_jax.report.table import label
from lstm_jax.results import files, load
from lstm_jax.results.training import Summary
from tests.report.dashboards import RESULTS, copied, with_curves


@pytest.fixture
def drawn(monkeypatch) -> list[Any]:
    """Figures in place of files."""
    kept: list[Any] = []
    monkeypatch.setattr(strips, "save", lambda figure, path, formats: kept.append(figure))
    return kept


def recorded(*rows: str) -> list[Summary]:
    return [stage for run in load(RESULTS / "paper").runs for stage in run.summary if stage.row in rows]


def test_the_picture_of_the_tables_has_every_trial_and_says_who_failed(drawn, tmp_path):
    summaries = recorded("6a", "6b", "4-1")
    strips.strips(summaries, tmp_path / "x")
    (figure,) = drawn
    by_row = {summary.row: summary for summary in summaries}
    rows = {}
    for axis in figure.axes:
        names = [text.get_text() for text in axis.get_yticklabels()]
        for y, row in enumerate(names):
            dots = [
                line.get_xdata()
                for line in axis.lines
                if line.get_marker() == "." and np.all(np.abs(line.get_ydata() - y) < 0.5)
            ]
            paper = [
                line.get_xdata() for line in axis.lines if line.get_marker() == "d" and list(line.get_ydata()) == [y]
            ]
            texts = [text for text in axis.texts if not isinstance(text, Annotation)]
            words = [text.get_text() for text in texts if text.get_position()[1] == y]
            rows[row] = dots[0].tolist(), paper[0], words
    assert list(rows) == ["4-1", "6a", "6b"]
    for row, (dots, paper, words) in rows.items():
        summary = by_row[row]
        assert dots == [at for at in summary.presentations if at is not None]
        assert paper == [summary.paper and summary.paper.presentations]
        lost = summary.trials - summary.solved
        unsolved = [f"{lost} of {summary.trials} unsolved"] if lost else []
        assert words == [*unsolved, summary.verdict]


def test_the_mean_and_the_interval_that_are_drawn_are_those_that_are_compared(drawn, tmp_path):
    """All trials of the paper's were solved in these rows, and one or some of ours were not in three of them."""
    summaries = recorded("3a-1", "3a-2", "6b", "4-1")
    strips.strips(summaries, tmp_path / "x")
    axes = {name.get_text(): (axis, y) for axis in drawn[0].axes for y, name in enumerate(axis.get_yticklabels())}
    assert len(axes) == len(summaries) == 6
    for summary in summaries:
        axis, y = axes[label(summary)]
        lines = {line.get_marker(): list(line.get_xdata()) for line in axis.lines if list(line.get_ydata()) == [y]}
        bars = [list(line.get_xdata()) for line in axis.lines if list(line.get_ydata()) == [y, y]]
        signs = [sign for sign in axis.texts if isinstance(sign, Annotation) and sign.xy[1] == y]
        counted = [summary.budget if at is None else at for at in summary.presentations]
        mean = pytest.approx(np.mean(counted))
        assert lines["|"] == [mean] and lines["d"][0] * (summary.ratio or 0) == mean
        assert [(sign.get_text(), sign.xy[0]) for sign in signs] == [("≥", mean)] * (summary.solved < summary.trials)
        if summary.solved == 0:  # all counts are equal: there is no interval
            assert bars == []
            continue
        [(low, high)] = bars
        assert low < np.mean(counted) < high
        if summary.verdict == "agrees":  # 3a-1, where the interval of the solved trials is below the paper's mean
            assert low <= lines["d"][0] <= high


@pytest.mark.slow
def test_a_figure_is_the_same_when_drawn_again(tmp_path):
    for name in ("a", "b"):
        strips.strips(recorded("6a"), tmp_path / name, ("svg", "pdf"))
    for ending in ("svg", "pdf"):
        assert (tmp_path / f"a.{ending}").read_bytes() == (tmp_path / f"b.{ending}").read_bytes()
    assert b"<path" in (tmp_path / "a.svg").read_bytes() and b"<image" not in (tmp_path / "a.svg").read_bytes()


def test_names_with_dots_keep_them(tmp_path):
    figure, _ = style.plt.subplots()
    style.save(figure, tmp_path / "row.of.mine", ("svg",))
    assert (tmp_path / "row.of.mine.svg").exists()


def test_learning_curves_show_the_extremes_of_long_runs(tmp_path, monkeypatch):
    directory = copied("6a", tmp_path)
    curves = with_curves(directory, points=5000)
    kept: list[Any] = []
    monkeypatch.setattr("lstm_jax.report.figures.save", lambda figure, path, formats, dpi: kept.append(figure))
    learning_curves(load(directory).runs, tmp_path / "x.svg")
    thin = [line for line in kept[0].axes[0].lines if line.get_linewidth() == 0.7]
    assert len(thin) == 20
    for line, curve in zip(thin, curves["error"].T, strict=True):
        assert len(line.get_ydata()) <= 602
        assert line.get_ydata().min() == np.nanmin(curve) and line.get_ydata().max() == np.nanmax(curve)


@pytest.mark.parametrize(
    ("errors", "limits"),
    [([0.48, 0.5], (0.1, 1)), ([0.02, np.nan, 0.5], (0.01, 1)), ([0.1, 0.1], (0.1, 1)), ([np.nan, np.nan], (0.1, 1))],
)
def test_learning_curves_span_whole_decades(errors, limits, tmp_path, monkeypatch):
    directory = copied("6a", tmp_path)
    curves = with_curves(directory, points=len(errors))
    curves["error"][:] = np.array(errors)[:, None]
    files.write_arrays(directory / "curves.npz", curves)
    kept: list[Any] = []
    monkeypatch.setattr("lstm_jax.report.figures.save", lambda figure, path, formats, dpi: kept.append(figure))
    learning_curves(load(directory).runs, tmp_path / "x.svg")
    assert kept[0].axes[0].get_ylim() == pytest.approx(limits)


def test_recorded_error_flow_is_read_back():
    content = json.loads((RESULTS / "error_flow" / "error_flow.json").read_text())["curves"]
    curves = error_flow.recorded(content)
    assert [curve.label for curve in curves] == [curve["label"] for curve in content]
    for curve, plain in zip(curves, content, strict=True):
        low, median, high = curve.quantiles
        assert [None if np.isinf(value) else value for value in median] == plain["median"]
        assert np.all(low <= median) and np.all(median <= high)
        assert curve.bounds.keys() == plain["bounds"].keys()


@pytest.mark.parametrize(
    ("document", "picture"), [("README.md", "closest/quick.svg"), ("docs/results.md", "figures/tables.svg")]
)
def test_documents_show_pictures_of_this_program(document, picture):
    assert f"results/{picture}" in (Path(__file__).parents[2] / document).read_text()
    text = (RESULTS / picture).read_text()
    assert text.startswith("<?xml") and "<dc:date>" not in text
