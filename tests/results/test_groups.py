import json
import math
from pathlib import Path

import pytest

from lstm_jax.errors import InputError
from lstm_jax.results import load
from lstm_jax.results.groups import group, grouping_fields, quantile, statistics
from tests.results.made_runs import make_run

PAPER = Path(__file__).parents[2] / "results" / "paper"


def test_seeds_are_pooled_and_what_differs_is_not(tmp_path):
    make_run(tmp_path, "a", [100, 300], seed=0)
    make_run(tmp_path, "b", [200, None], seed=1)
    make_run(tmp_path, "c", [50], seed=0, optimizer={"learning_rate": 0.1})
    runs = load(tmp_path)
    assert grouping_fields(runs.runs) == ("row", "optimizer.learning_rate")
    other, pooled = runs.groups()
    assert (pooled["optimizer.learning_rate"], other["optimizer.learning_rate"]) == (0.5, 0.1)
    found = {
        name: pooled[name] for name in ("runs", "seeds", "trials", "solved", "solved_rate", "mean", "median", "budget")
    }
    assert found == {
        "runs": 2,
        "seeds": 2,
        "trials": 4,
        "solved": 3,
        "solved_rate": 0.75,
        "mean": 200,
        "median": 200,
        "budget": 1000,
    }
    # Wilson's interval of 3 in 4 by hand: (p + z²/2n ± z √(p(1-p)/n + z²/4n²)) / (1 + z²/n)
    z, n, p = 1.959964, 4, 0.75
    half = z * math.sqrt(p * (1 - p) / n + z**2 / (4 * n**2))
    bounds = [(p + z**2 / (2 * n) + sign * half) / (1 + z**2 / n) for sign in (-1, 1)]
    assert [pooled["solved_interval.low"], pooled["solved_interval.high"]] == pytest.approx(bounds, rel=1e-6)
    assert pooled["wrong_rate"] == pytest.approx(0.1)
    assert other["mean_interval.low"] is None


def test_unsolved_trials_move_quantiles_and_can_leave_them_unreached(tmp_path):
    make_run(tmp_path, "a", [100, 200, 300, 400, None, None, None, None, None, None])
    (line,) = load(tmp_path).groups()
    assert (line["q10"], line["q25"]) == (100, 300)
    assert line["q50"] == line["q75"] == line["q90"] == math.inf
    assert line["median"] == 250  # of the solved ones


@pytest.mark.parametrize("q", [0.1, 0.25, 0.5, 0.75, 0.9])
@pytest.mark.parametrize("values", [[3.0], [4.0, 1.0, math.inf], [2.0, 2.0, 5.0, 7.0], list(map(float, range(10)))])
def test_a_quantile_is_the_first_value_that_enough_of_them_reach(values, q):
    enough = [v for v in sorted(values) if sum(w <= v for w in values) >= q * len(values) - 1e-9]
    assert quantile(values, q) == enough[0]


def test_a_trial_counts_once_however_many_runs_recorded_it(tmp_path):
    make_run(tmp_path, "a", [100, 300])
    make_run(tmp_path, "b", [100, 300, 500])  # the same seed, more trials
    make_run(tmp_path, "c", [100, 999])  # another machine
    (line,) = load(tmp_path).groups()
    (pooled,) = group(load(tmp_path).runs)
    assert (line["trials"], line["mean"]) == (3, 300)
    assert (pooled.repeated, pooled.contradictory) == (4, 1)


def test_pooled_by_choice_trials_of_other_conditions_are_other_trials(tmp_path):
    make_run(tmp_path, "a", [100, 300], budget=1000)
    make_run(tmp_path, "b", [100, 300], budget=500)
    (line,) = load(tmp_path).groups(by=[])
    assert (line["trials"], line["budget"]) == (4, None)
    assert [line["budget"] for line in load(tmp_path).groups(by=["budget"])] == [500, 1000]


def test_a_row_of_the_paper_comes_to_what_its_summary_says():
    for run in load(PAPER).runs:
        if run.name.startswith(("6", "3a-1", "4-1")):
            lines = [statistics(each) for each in group(load(run.directory).runs)]
            for line, stage in zip(lines, run.summary, strict=True):
                for name in (
                    "short",
                    "trials",
                    "solved",
                    "solved_interval",
                    "mean",
                    "mean_interval",
                    "median",
                    "verdict",
                ):
                    assert getattr(line, name) == getattr(stage, name), name


def test_several_rows_together_have_no_paper_figure():
    runs = load(PAPER).where("budget>=5000000", "gradient=truncated", "task.name=distractors")
    (line,) = runs.groups(by=["budget"])
    assert line["runs"] > 1 and line["paper.presentations"] is None and line["verdict"] is None


@pytest.mark.parametrize(
    ("condition", "chosen"),
    [
        ("row=5", "b"),
        ("row!=5", "ac"),
        ("optimizer.learning_rate>=0.5", "ab"),
        ("optimizer.learning_rate < 0.5", "c"),
        ("optimizer.learning_rate=5e-1", "ab"),
        ("cell.bias=[-1,-2]", "ab"),
        ("cell.units=4", "c"),
        ("cell.units=null", "ab"),
        ("cell.units>1", "c"),
        ("trials>1", "a"),
    ],
)
def test_conditions_choose_runs(tmp_path, condition, chosen):
    make_run(tmp_path, "a", [1, 2])
    make_run(tmp_path, "b", [1], row="5")
    make_run(tmp_path, "c", [1], row="6", optimizer={"learning_rate": 0.1}, cell={"units": 4})
    assert "".join(run.name for run in load(tmp_path).where(condition).runs) == chosen


@pytest.mark.parametrize(
    ("condition", "parts"),
    [
        ("optimizer.lr=0.5", ["where", "optimizer.lr", "optimizer.learning_rate"]),
        ("row", ["where", "row", "row=6a"]),
        ("row>6a", ["where", "row>6a", "number"]),
    ],
)
def test_conditions_that_cannot_be_are_refused(tmp_path, condition, parts):
    make_run(tmp_path, "a", [1])
    with pytest.raises(InputError) as error:
        load(tmp_path).where(condition)
    assert all(part in str(error.value) for part in parts)


def test_unknown_fields_to_group_by_are_refused(tmp_path):
    make_run(tmp_path, "a", [1])
    with pytest.raises(InputError, match=r"by has 'learning_rate'.*optimizer\.learning_rate"):
        load(tmp_path).groups(by=["learning_rate"])


def test_rows_are_flat_and_unfinished_runs_are_among_them(tmp_path):
    make_run(tmp_path, "a", [100, None])
    (make_run(tmp_path, "b", [1]) / "summary.json").unlink()
    runs = load(tmp_path)
    done, open_ = runs.rows()
    assert (done["run"], done["trials"], done["solved"], done["finished"]) == ("a", 2, 1, True)
    assert (open_["run"], open_["finished"], open_["optimizer.learning_rate"]) == ("b", False, 0.5)
    assert "solved" not in open_
    assert [run.name for run in runs.unfinished] == ["b"]
    trials = runs.trials()
    assert [(row["trial"], row["presentations"], row["wrong_rate"]) for row in trials] == [
        (0, 100, 0.1),
        (1, None, 0.8),
    ]
    assert json.dumps(trials)


def test_points_are_those_of_the_curves_until_a_trial_ends(tmp_path):
    make_run(tmp_path, "a", [250, None])
    points = load(tmp_path).points()
    # Trial 0 ends within the third point: 100, 200, 300.
    assert [p["presentations"] for p in points if p["trial"] == 0] == [100, 200, 300]
    assert [p["error"] for p in points if p["trial"] == 1] == pytest.approx([i + 0.01 for i in range(10)])
    assert points[0] == {
        "run": "a",
        "row": "own",
        "seed": 0,
        "trial": 0,
        "presentations": 100,
        "error": 0,
        "wrong_rate": 0,
    }


def test_groups_stand_in_the_order_of_their_values():
    from lstm_jax.results.groups import _order

    values = ["b", [10, 2], 0.5, None, [2, 30], 10, "a", [2, "x"], 2, True]
    assert sorted(values, key=_order) == [0.5, True, 2, 10, [2, 30], [2, "x"], [10, 2], "a", "b", None]
