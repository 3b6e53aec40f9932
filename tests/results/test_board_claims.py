"""Claims judged by hand-made boards; tests against Fisher's, exact enumeration and a binomial's variance."""

from itertools import product

import numpy as np
import pytest
from scipy.stats import fisher_exact, hypergeom

from lstm_jax.results.board_claims import BOARD_CLAIMS, BoardClaim, judge, permuted, redrawn
from tests.experiments.test_arena import CELLS
from tests.results.test_profiles import line


def at(cell, task, lag, solved, trials=20):
    return line(cell, task, lag, *[100] * solved, *[None] * (trials - solved))


def group(*counts, trials=10):
    """Solved trials as `permuted` and `redrawn` take them, one cell, `counts[task][lag]`."""
    return np.arange(trials) < np.array(counts)[None, :, :, None]


A = BoardClaim(text="a", more=("lstm", "gru"), fewer=("elman",))


def test_claims_are_about_cells_that_there_are():
    named = {cell for claim in BOARD_CLAIMS for side in (claim.more, claim.fewer) for cell in side}
    assert named - {*CELLS, "attention"} == set()


@pytest.mark.parametrize(
    ("lstm", "elman", "verdict", "against"),
    [
        ((19, 18), (3, 2), "holds", []),
        ((3, 2), (19, 18), "does not hold", []),
        ((11, 10), (10, 10), "open", []),
        ((20, 0), (0, 11), "open", ["latch"]),  # more overall, but it depends on the task
        ((0, 11), (20, 0), "open", ["latch"]),
    ],
)
def test_a_claim_holds_where_the_difference_is_sure_and_on_no_task_the_other_way_round(lstm, elman, verdict, against):
    cells = {"lstm": lstm, "elman": elman}
    board = [
        at(cell, task, 10, solved)
        for cell, own in cells.items()
        for task, solved in zip(("adding", "latch"), own, strict=True)
    ]
    (found,) = judge(board, [A])
    assert (found.verdict, found.against) == (verdict, against)
    assert found.more == {"lstm": sum(lstm) / 40} and found.fewer == {"elman": sum(elman) / 40}
    differences = [(a - b) / 20 for a, b in zip(lstm, elman, strict=True)]
    assert found.overall.value == pytest.approx(np.mean(differences))
    assert [one.value for one in found.by_task.values()] == pytest.approx(differences)
    assert found.overall.low <= found.overall.value <= found.overall.high


def test_cells_of_a_side_count_the_same_and_lags_that_were_not_tried_as_not_solved():
    board = [at("lstm", "adding", 10, 20), at("lstm", "adding", 30, 10), at("gru", "adding", 10, 4)]
    board += [at("elman", "adding", 10, 2)]
    (found,) = judge(board, [A])
    assert found.more == {"lstm": 0.75, "gru": 0.1} and found.fewer == {"elman": 0.05}
    assert found.overall.value == pytest.approx((0.75 + 0.1) / 2 - 0.05)


def test_a_claim_without_one_side_is_not_judged_and_does_not_count_in_the_correction():
    board = [at("lstm", "adding", 10, 14), at("elman", "adding", 10, 6)]
    absent = BoardClaim(text="b", more=("attention",), fewer=("lstm",))
    alone, with_other = judge(board, [A]), judge(board, [absent, A])
    assert with_other == alone
    twice = judge(board, [A, A])
    assert twice[0].p == pytest.approx(2 * alone[0].p)


@pytest.mark.parametrize(("first", "second"), [(8, 3), (10, 4), (5, 5), (0, 0)])
def test_of_one_task_and_lag_the_test_is_fishers(first, second):
    wanted = fisher_exact([[first, 10 - first], [second, 10 - second]])
    assert permuted(group([first]), group([second])) == pytest.approx(wanted.pvalue, abs=0.01)  # pyright: ignore


def test_of_several_tasks_and_lags_the_test_is_that_of_every_exchange():
    first, second = np.array([[9, 6], [4, 1]]), np.array([[5, 3], [3, 2]])
    both, observed = first + second, (first - second).sum()
    p = 0.0
    for number in product(*(range(k + 1) for k in both.ravel())):
        if abs(2 * sum(number) - both.sum()) >= abs(observed):
            p += np.prod(hypergeom.pmf(number, 20, both.ravel(), 10))
    assert permuted(group(*first), group(*second)) == pytest.approx(p, abs=4 * np.sqrt(p / 20_000))


def test_drawing_anew_spreads_differences_as_binomials_do():
    first, second = np.array([[9, 6], [4, 1]]), np.array([[5, 3], [10, 0]])
    drawn = redrawn(group(*first), group(*second))
    variance = np.sum([own / 10 * (1 - own / 10) / 10 for own in (first, second)], axis=0)
    np.testing.assert_allclose(drawn.mean(axis=0), (first - second).mean(axis=1) / 10, atol=0.02)
    np.testing.assert_allclose(drawn.var(axis=0), variance.sum(axis=1) / 4, rtol=0.15)
