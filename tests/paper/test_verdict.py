"""Each verdict, and where one ends and the next begins."""

import itertools
from dataclasses import replace
from typing import Any

import pytest

from lstm_jax.paper.tables import Printed
from lstm_jax.paper.verdict import compare, meaning, verdict


def judge(
    mean: float | None, interval: tuple[float, float] | list[float] | None, solved=1.0, paper_solved: float | None = 1.0
) -> str:
    """Against a paper's mean of 100."""
    return verdict(solved=solved, paper_solved=paper_solved, mean=mean, interval=interval, paper_mean=100.0)


@pytest.mark.parametrize("interval", [(60.0, 120.0), (100.0, 120.0), (60.0, 100.0), [60.0, 120.0]])
def test_agrees_when_the_interval_reaches_the_papers_mean(interval):
    assert judge(90.0, interval) == "agrees"


def test_agrees_even_where_means_are_far_apart():
    assert judge(201.0, (99.0, 400.0)) == "agrees"
    assert judge(49.0, (10.0, 101.0)) == "agrees"


@pytest.mark.parametrize(
    ("mean", "word"), [(49.9, "faster"), (50.0, "near"), (99.0, "near"), (200.0, "near"), (200.1, "slower")]
)
def test_without_overlap_the_factor_between_the_means_decides(mean, word):
    assert judge(mean, (mean - 0.01, mean + 0.01)) == word
    assert judge(mean, None) == word


def test_equal_means_without_an_interval_are_near():
    assert judge(100.0, None) == "near"


def test_an_interval_just_beside_the_papers_mean_does_not_agree():
    assert judge(90.0, (80.0, 99.9)) == "near"
    assert judge(110.0, (100.1, 120.0)) == "near"


@pytest.mark.parametrize(
    ("solved", "paper_solved", "reproduced"),
    [
        (0.9, 1.0, True),
        (0.899, 1.0, False),
        (0.45, 0.5, True),
        (0.449, 0.5, False),
        (1.0, 0.5, True),
        (0.0, 1.0, False),
    ],
)
def test_reproduced_are_nine_tenths_of_the_papers_share_of_solved_trials(solved, paper_solved, reproduced):
    for mean, interval, word in ((100.0, (90.0, 110.0), "agrees"), (10.0, None, "faster"), (1000.0, None, "slower")):
        assert judge(mean, interval, solved, paper_solved) == (word if reproduced else "not reproduced")


def test_without_a_solved_trial_nothing_is_reproduced():
    assert judge(None, None, solved=0.0) == "not reproduced"


def test_trials_that_were_given_up_early_say_nothing_unless_enough_were_solved():
    few: dict[str, Any] = {"solved": 0.5, "paper_solved": 1.0, "interval": None, "paper_mean": 100}
    assert verdict(**few, mean=100.0) == "not reproduced"
    assert verdict(**few, mean=100.0, cut_short=True) == "cut short"
    assert verdict(**few, mean=None, cut_short=True) == "cut short"
    assert verdict(solved=1.0, paper_solved=1.0, interval=None, paper_mean=100, mean=100.0, cut_short=True) == "near"


@pytest.mark.parametrize(
    ("solved", "cut_short", "word"), [(0.0, False, "agrees"), (0.0, True, "cut short"), (0.1, True, "faster")]
)
def test_where_the_papers_trials_all_failed_ours_should_fail_too(solved, cut_short, word):
    mean = 100.0 if solved else None
    found = verdict(solved=solved, paper_solved=0.0, mean=mean, interval=None, paper_mean=None, cut_short=cut_short)
    assert found == word


def test_some_fraction_is_one_trial_or_more():
    assert judge(90.0, (80.0, 120.0), solved=1 / 30, paper_solved=None) == "agrees"
    assert judge(None, None, solved=0.0, paper_solved=None) == "not reproduced"


PAPER = Printed(100, table=1, trials=10, budget=1000)


def test_where_all_of_the_papers_were_solved_one_of_ours_that_was_not_counts_with_what_it_was_given():
    solved = [40] * 18
    assert compare(solved, [1000] * 18, PAPER) == ("faster", 0.4, False)
    # (18 x 40 + 2 x 1000) / 20 = 136, between half and twice the paper's 100.
    found = compare([*solved, None, None], [1000] * 20, PAPER)
    assert (found.ratio, found.at_least) == (1.36, True)
    assert found.verdict in ("near", "agrees")  # and not faster
    # (18 x 120 + 2 x 1000) / 20 = 208.
    assert compare([120] * 18 + [None, None], [1000] * 20, PAPER).ratio == 2.08


def test_where_some_of_the_papers_failed_means_are_over_solved_trials_on_both_sides():
    paper = replace(PAPER, solved_percent=50)
    assert compare([40, 60, None, None], [1000] * 4, paper) == ("near", 0.5, False)


def test_a_row_that_nobody_solved_has_a_ratio_all_the_same():
    assert compare([None] * 3, [1000] * 3, PAPER) == ("not reproduced", 10.0, True)
    assert compare([None] * 3, [1000, 500, 1000], PAPER).verdict == "cut short"
    failed = replace(PAPER, presentations=None, solved_percent=0)
    assert compare([None] * 3, [1000] * 3, failed) == ("agrees", None, False)


@pytest.mark.parametrize("percent", [100, 56, 0, None])
def test_every_verdict_that_can_be_given_has_a_meaning(percent):
    """A grid of outcomes: those of failures are told apart from the others."""
    given = set()
    for solved, mean, interval, short in itertools.product(
        (0.0, 0.5, 1.0), (10.0, 90.0, 900.0), (None, (1.0, 1000.0), (1.0, 2.0)), (False, True)
    ):
        paper = None if percent is None else percent / 100
        word = verdict(
            solved=solved,
            paper_solved=paper,
            mean=mean if solved else None,
            interval=interval,
            paper_mean=100.0 if percent != 0 else None,
            cut_short=short,
        )
        given.add(word)
        assert ("no trial" in meaning(word, percent)) == (percent == 0)
    assert len({meaning(word, percent) for word in given}) == len(given) == (3 if percent == 0 else 6)
