"""Pictures of boards hold what the records say; boards are found on disk, and what is none is refused."""

import json
from typing import Any

import pytest

from lstm_jax.errors import InputError
from lstm_jax.report import boards as pictures
from lstm_jax.results import boards
from lstm_jax.results.profiles import profiles
from lstm_jax.results.reach import success_curve
from tests.report.dashboards import RESULTS
from tests.results.test_profiles import BOARD

WHOLE = [line for line in BOARD if line.cell != "irnn"]


@pytest.fixture
def drawn(monkeypatch) -> list[Any]:
    """Figures in place of files."""
    kept: list[Any] = []
    monkeypatch.setattr(pictures, "save", lambda figure, path, formats, dpi: kept.append(figure))
    return kept


def test_every_share_has_its_place_and_is_framed_where_the_lag_is_bridged(drawn, tmp_path):
    pictures.shares(WHOLE, tmp_path / "x.svg")
    (figure,) = drawn
    found = {}
    cells = [text.get_text() for text in figure.axes[0].get_yticklabels()]
    for axis in figure.axes:
        lags = [text.get_text() for text in axis.get_xticklabels()]
        for text, tile in zip(axis.texts, axis.patches, strict=True):
            x, y = text.get_position()
            framed = tile.get_edgecolor()[:3] == (0, 0, 0)
            assert tile.get_facecolor() == pictures.SHADES(int(text.get_text()) / 2)
            found[axis.get_title(), cells[y], int(lags[x])] = int(text.get_text()), framed
    assert found == {(line.task, line.cell, line.lag): (line.solved, line.share >= 0.9) for line in WHOLE}


def test_the_course_of_every_lag_is_kaplans_and_meiers(drawn, tmp_path):
    pictures.courses(WHOLE, tmp_path / "x.svg")
    (figure,) = drawn
    rows = [axis.get_ylabel() for axis in figure.axes if axis.get_ylabel()]
    assert rows == ["gru", "lstm"]
    assert [axis.get_title() for axis in figure.axes[:2]] == ["adding", "latch"]
    for number, axis in enumerate(figure.axes):
        cell, task = rows[number // 2], ("adding", "latch")[number % 2]
        own = sorted((line for line in WHOLE if (line.cell, line.task) == (cell, task)), key=lambda line: line.lag)
        for line, curve in zip(own, axis.lines, strict=True):
            wanted = success_curve(line.presentations, line.budget)
            last = wanted.solved[-1] if wanted.solved else 0
            assert list(curve.get_xdata()) == [0, *wanted.presentations, 1000]
            assert list(curve.get_ydata()) == [0, *wanted.solved, last]
            assert curve.get_drawstyle() == "steps-post"


def test_profiles_stand_from_the_best_to_the_last_and_lose_no_step(drawn, tmp_path):
    pictures.ranking(WHOLE, tmp_path / "x.svg")
    (figure,) = drawn
    found = profiles(WHOLE)
    titles = [axis.get_title() for axis in figure.axes if axis.get_visible()]
    assert titles == [one.cell for one in found] == ["lstm", "gru"]
    own = figure.axes[0].lines[-1]
    steps = dict(zip(own.get_xdata(), own.get_ydata(), strict=True))
    assert steps == pytest.approx({0: 0, 0.1: 1 / 8, 0.2: 2 / 8, 0.3: 5 / 8, 0.6: 6 / 8, 1: 7 / 8})


def test_boards_are_found_by_their_names_and_read():
    found = {path.stem: boards.read(path) for path in boards.paths(RESULTS / "arena")}
    assert sorted(found) == sorted(path.stem for path in (RESULTS / "arena").glob("*.json"))
    recorded = json.loads((RESULTS / "arena" / "quick.json").read_text())
    assert found["quick"].name == "quick" and len(found["quick"].lines) == len(recorded["lines"])
    assert [one.solved for one in found["quick"].tuned] == [one["solved"] for one in recorded["tuning"]]


@pytest.mark.parametrize("content", ["{", "[]", '{"lines": []}', '{"lines": [{}], "tuning": [], "provenance": {}}'])
def test_what_is_no_board_is_refused_in_one_sentence(content, tmp_path):
    path = tmp_path / "arena.json"
    path.write_text(content)
    assert boards.paths(tmp_path) == [path]
    with pytest.raises(InputError, match=r"arena\.json"):
        boards.read(path)
    with pytest.raises(InputError, match=r"it should be an arena\.json"):
        boards.read(tmp_path / "none.json")


def test_a_board_of_a_run_is_named_by_its_folder(tmp_path):
    path = tmp_path / "mine" / "arena.json"
    path.parent.mkdir()
    path.write_text(json.dumps({"lines": [], "tuning": [], "provenance": {}}))
    assert boards.read(path).name == "mine"
