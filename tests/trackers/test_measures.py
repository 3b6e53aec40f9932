"""The figures that trackers show, computed by hand."""

import numpy as np
import pytest

from lstm_jax.results import load
from lstm_jax.trackers import measures
from tests.results.made_runs import make_run


def test_quantiles_are_over_the_trials_that_run():
    error = np.array([0.4, np.nan, 0.1, 0.2, 0.3, np.nan, 0.0], np.float32)
    wrong = np.where(np.isnan(error), np.nan, [1, 1, 0, 1, 0, 1, 0]).astype(np.float32)
    figures = measures.at_point(measures.RecordedPoint(500, 2, 5, {"error": error, "wrong_rate": wrong}))
    assert figures == pytest.approx(
        {
            "presentations": 500,
            "solved": 2,
            "running": 5,
            "error/mean": 0.2,
            "error/q10": 0.04,  # four tenths of the way from 0.0 to 0.1
            "error/median": 0.2,
            "error/q90": 0.36,
            "wrong_rate/mean": 0.4,
            "wrong_rate/q10": 0,
            "wrong_rate/median": 0,
            "wrong_rate/q90": 1,
        }
    )


def test_where_no_trial_runs_there_is_no_figure():
    nothing = np.full(3, np.nan, np.float32)
    figures = measures.at_point(measures.RecordedPoint(500, 3, 0, {"error": nothing, "wrong_rate": nothing}))
    assert figures == {"presentations": 500, "solved": 3, "running": 0}


def test_points_of_a_finished_run_count_what_was_solved_by_then(tmp_path):
    directory = make_run(tmp_path, "a", [250, None, 90])
    (run,) = load(directory).runs
    points = measures.recorded_points(run)
    assert [point.clock for point in points] == list(range(100, 1001, 100))
    # Trial 2 ends within the first point, trial 0 within the third, trial 1 with the budget.
    assert [point.solved for point in points] == [1, 1, 2, 2, 2, 2, 2, 2, 2, 2]
    assert [point.running for point in points] == [2, 2, 1, 1, 1, 1, 1, 1, 1, 0]


def test_the_whole_beside_the_paper(tmp_path):
    directory = make_run(tmp_path, "a", [20_000, None, 40_000], row="6a", budget=313_900)
    (run,) = load(directory).runs
    assert measures.of_run(run) == {
        "trials": 3,
        "solved": 2,
        "solved_rate": 2 / 3,
        "mean": 30_000,
        "median": 30_000,
        "objective": (20_000 + 313_900 + 40_000) / 3,
        "weights": 156,
        "seconds": 1.5,
        "verdict": "not reproduced",
        "paper/presentations": 31_390,
        "ratio": pytest.approx((20_000 + 313_900 + 40_000) / 3 / 31_390),
    }
    assert measures.of_trials(run) == [
        [0, "done", 20_000, True, False, 0.1],
        [1, "done", None, False, False, 0.8],
        [2, "done", 40_000, True, False, 0.1],
    ]
