"""The search among readings: what is combined, what counts as closest, what each does, and that it resumes."""

import itertools
import json
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from lstm_jax.errors import InputError
from lstm_jax.report.columns import markdown
from lstm_jax.report.documents import searched
from lstm_jax.report.search import columns, lines, title
from lstm_jax.results.records import typed
from lstm_jax.results.search import Closeness, Found, combinations, effects, order, shares
from tests.experiments.programs import call

FACTORS = [["a"], ["b", "c"], ["d"]]


def test_all_combinations_have_at_most_one_reading_of_each_factor():
    found = combinations(FACTORS, None, seed=0)
    assert len(found) == len(set(found)) == 2 * 3 * 2
    assert () in found and ("a", "c", "d") in found and not any({"b", "c"} <= set(one) for one in found)


@pytest.mark.parametrize("number", [5, 8, 11])
def test_a_draw_has_the_printed_conditions_and_single_readings_and_others_once(number):
    whole, found = combinations(FACTORS, None, seed=0), combinations(FACTORS, number, seed=3)
    assert len(found) == len(set(found)) == number and set(found) <= set(whole)
    assert {one for one in whole if len(one) < 2} <= set(found)
    assert found == combinations(FACTORS, number, seed=3)


def test_every_other_combination_is_drawn_as_often():
    counts = dict.fromkeys((one for one in combinations(FACTORS, None, 0) if len(one) > 1), 0)
    for seed in range(700):
        for one in combinations(FACTORS, 8, seed):
            if len(one) > 1:
                counts[one] += 1
    # 3 of 7 each time: 300 in the mean, with a deviation of 13.
    assert all(abs(count - 300) < 5 * 13 for count in counts.values())


CLOSER = [  # each is closer than the one after it
    Closeness(1.0, 1.0, weights_kept=True, departures=0),
    Closeness(0.9, 1.1, weights_kept=True, departures=0),
    Closeness(1.0, 0.55, weights_kept=True, departures=1),
    Closeness(1.0, 1.0, weights_kept=True, departures=2),
    Closeness(1.0, 1.0, weights_kept=False, departures=1),
    Closeness(1.0, 0.45, weights_kept=True, departures=0),
    Closeness(1.0, 5.0, weights_kept=True, departures=0),
    Closeness(0.8, 1.0, weights_kept=True, departures=0),
    Closeness(0.0, None, weights_kept=True, departures=0),
]


def test_closest_is_first_what_is_solved_then_the_mean_then_the_weights_then_departures():
    for closer, other in itertools.pairwise(CLOSER):
        assert closer.key < other.key
    assert [one.reproduced for one in CLOSER] == [True] * 5 + [False] * 4


def test_of_several_rows_those_that_are_reproduced_count_first():
    best, middle, *_, worst = CLOSER
    found = {("a",): [best, worst], ("b",): [middle, middle], ("c",): [best, middle], ("d",): [worst, worst]}
    assert order(found) == [("c",), ("b",), ("a",), ("d",)]


def test_a_mean_exactly_twice_the_papers_is_near():
    near = CLOSER[0]
    assert replace(near, ratio=2.0).reproduced and replace(near, ratio=0.5).reproduced
    assert not replace(near, ratio=2.01).reproduced and not replace(near, ratio=0.49).reproduced


def test_effects_are_those_that_made_the_shares():
    rng = np.random.default_rng(0)
    size = {"a": 0.3, "b": -0.1, "c": 0.2, "d": 0.0}
    shares = {
        one: 0.4 + sum(size[name] for name in one) + 0.01 * rng.normal() for one in combinations(FACTORS, None, 0)
    }
    for effect in effects(shares, FACTORS):
        assert effect.difference == pytest.approx(size[effect.reading], abs=0.02)
        assert effect.interval is not None and effect.interval[0] < size[effect.reading] < effect.interval[1]


def test_shares_are_means_over_the_rows():
    lines = [line(1, 1, "a", solved=10), {**line(1, 1, "a", solved=4), "row": "4-2"}, line(1, 2, solved=1)]
    assert shares(typed(Found, lines, Path("x"))) == {("a",): pytest.approx(0.7), (): 0.1}


def test_an_effect_that_cannot_be_told_is_none():
    [effect] = effects({("a",): 1.0}, [["a"]])
    assert (effect.solved, effect.difference, effect.interval) == (1.0, None, None)


SMALL = ("rows=[3a-1]", "factors=[[output_bias],[wide_start]]", "rounds=[2]", "confirmed=1", "patience=0.1")


@pytest.mark.slow
def test_a_search_goes_on_where_it_stopped_and_counts_what_it_tried(tmp_path):
    first = call("search", *SMALL, f"folder={tmp_path}")
    assert first.returncode == 0, first.stderr
    record = json.loads((tmp_path / "3a-1.json").read_text())
    assert "4 combinations of 2 readings were tried on 3a-1" in first.stdout
    found = record["found"]
    assert [line["place"] for line in found if line["round"] == 1] == [1, 2, 3, 4]
    assert [(line["seed"], line["trials"]) for line in found] == [(10, 2)] * 4 + [(90, 10)]
    assert found[-1]["readings"] == found[0]["readings"]
    assert [line["reading"] for line in record["effects"]] == ["output_bias", "wide_start"]
    again = call("search", *SMALL, f"folder={tmp_path}")
    assert "4 finished before" in again.stdout
    assert json.loads((tmp_path / "3a-1.json").read_text())["found"] == found


@pytest.mark.slow
@pytest.mark.parametrize(
    ("arguments", "part"),
    [
        (["rows=[9-9]"], "rows has '9-9'"),
        (["rows=[1-elman]"], "rows has '1-elman': the paper has no mean for it"),
        (["rows=[6a]", "rounds=[]"], "rounds is []"),
        (["rows=[6a]", "rounds=[0]"], "rounds is [0]: it should be a list"),
        (["rows=[6a]", "factors=[linear_output]"], "factors is ['linear_output']: it should be a list of lists"),
        (["rows=[6a]", "factors=[]"], "factors is []"),
        (["rows=[6a]", "keep=2"], "keep is 2"),
        (["rows=[6a]", "confirmed=0"], "confirmed is 0"),
        (["rows=[6a]", "combinations=0"], "combinations is 0"),
        (["rows=[6a]", "patience=0.0001"], "rows has '6a', and patience is 0.0001: budget is 3: it should be at least"),
        (["rows=[6a]", "factors=[[upside_down]]"], "factors has 'upside_down': allowed are 42 names, such as "),
        (["rows=[6a]", "confirm_seed=11"], "confirm_seed is 11"),
    ],
)
def test_bad_input_gets_one_sentence(arguments, part, tmp_path):
    done = call("search", *arguments, cwd=tmp_path)
    assert done.returncode == 2
    assert len(done.stderr.strip().splitlines()) == 1
    assert part in done.stderr
    assert not (tmp_path / "runs").exists()


def line(round: int, place: int, *readings: str, solved: int) -> dict:
    figures = {"weights": 93, "trials": 10, "mean": 74_000.0 if solved else None, "ratio": 1.0, "budget": 740_000}
    own = {"round": round, "place": place, "readings": list(readings), "row": "4-1", "seed": 9 + round}
    return {**own, **figures, "solved": solved, "reproduced": solved > 8}


def test_a_document_shows_what_was_tried_and_what_came_of_it(tmp_path):
    path = tmp_path / "4-1.json"
    with pytest.raises(InputError, match=r"search is '.*4-1\.json': it should be the search\.json"):
        searched(path)
    solved = {"4-1": [9, 8, *range(7, -1, -1)], "6a": [9, 0, *range(7, -1, -1)]}
    found = [
        {**line(1, i, f"r{i}", solved=of_row[i - 1]), "row": row}
        for i in range(1, 11)
        for row, of_row in solved.items()
    ]
    found += [{**line(2, 1, "r1", solved=10), "row": row} for row in solved]
    effect = {"reading": "r1", "combinations": 4, "solved": 0.9, "difference": 0.5, "interval": [0.25, 0.75]}
    provenance = {"command": "lstm-jax search", "commit": "f" * 40, "processor": "AMD EPYC", "cores": 2, "versions": {}}
    path.write_text(json.dumps({"provenance": provenance, "found": found, "effects": [effect], "factors": [["r1"]]}))
    text = searched(path)
    assert "| r1 | 4 | 90 % | +50 | [+25, +75] |" in text
    assert "| r1 | 2 of 2 | 9/10, 74.0k (1.00) | 9/10, 74.0k (1.00) |" in text and "| **Round 2, seed 11** |" in text
    assert "| r2 | 0 of 2 | 8/10, 74.0k (1.00) | 0/10 |" in text
    assert "| r8 |" in text and "| r9 |" not in text  # the file has all
    assert (
        "10 combinations of 10 readings were tried on 4-1, 6a. Made by `lstm-jax search` at commit ffffffffffff" in text
    )


def test_of_many_rows_a_document_counts_those_that_are_near_by_experiment(tmp_path):
    near = {
        "1-1": 1,
        "1-2": 0,
        "2a": 1,
        "2c-1": 1,
        "2c-2": 1,
        **{f"3b-{i}": 0 for i in range(3)},
        "4-1": 1,
        "6a": 0,
        "6b": 1,
    }
    found = [{**line(1, 1, "r1", solved=9 * is_near), "row": row} for row, is_near in near.items()]
    assert len(found) == 11
    text = markdown(columns(typed(Found, found, tmp_path)), lines(typed(Found, found, tmp_path)), group=title)
    header, _, _, only = text.splitlines()
    assert header == "| readings | near | 1 | 2 | 3 | 4 | 6 |"
    assert only == "| r1 | 6 of 11 | 1 of 2 | 3 of 3 | 0 of 3 | 1 of 1 | 1 of 2 |"
