"""Pictures of boards hold what the records say; boards are found on disk, and what is none is refused."""

import json
import re
from typing import Any

import pytest

from lstm_jax.errors import InputError
from lstm_jax.report import boards as pictures
from lstm_jax.results import boards
from lstm_jax.results.censored import success_curve
from lstm_jax.results.profiles import profiles
from lstm_jax.results.records import plain
from tests.report.dashboards import RESULTS
from tests.results.test_profiles import BOARD
from tests.results.test_reach import at

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
    path.write_text((RESULTS / "arena" / "quick.json").read_text())
    assert boards.read(path).name == "mine"


@pytest.mark.parametrize(
    ("changes", "part"),
    [
        ({}, None),
        ({"solved": 99}, "lstm on latch at lag 10 has 99 trials solved and presentations of 1 that are"),
        ({"solved": -1}, "has -1 trials solved"),
        ({"solved": 2}, "has 2 trials solved and presentations of 1 that are"),
        ({"presentations": [100]}, "has 2 trials and presentations of 1"),
        ({"trials": 0, "solved": 0, "presentations": []}, "has 0 trials"),
        ({"presentations": [2000, None]}, "has presentations from 2000 to 2000 with a budget of 1000"),
        ({"presentations": [-5, None]}, "has presentations from -5 to -5"),
        (
            {"longer": [{"times": 2, "lag": 20, "wrong": [0, 0], "still": 2, "interval": [0, 1]}]},
            "has 2 solved trials tested at lag 20, of 1",
        ),
    ],
)
def test_a_line_that_contradicts_itself_is_refused(changes, part, tmp_path):
    line = {"cell": "lstm", "task": "latch", "lag": 10, "weights": 9, "learning_rate": 0.1, "interval": [0.1, 0.9]}
    line |= {"trials": 2, "solved": 1, "budget": 1000, "presentations": [100, None]} | changes
    path = tmp_path / "arena.json"
    path.write_text(json.dumps({"lines": [line], "tuning": [], "provenance": {}}))
    if part is None:
        assert boards.read(path).lines[0].solved == 1
        return
    with pytest.raises(InputError, match=f"^{re.escape(str(path))} is damaged: .*{part}"):
        boards.read(path)


@pytest.mark.parametrize(("times", "part"), [(0, "it has no lines"), (2, "it has lstm on adding at lag 10 twice")])
def test_a_board_has_every_line_once(times, part, tmp_path):
    path = tmp_path / "arena.json"
    path.write_text(json.dumps({"lines": [plain(at(10, 9))] * times, "tuning": [], "provenance": {}}))
    with pytest.raises(InputError, match=f"is damaged: {part}"):
        boards.read(path)
