"""In one word how a row of ours compares with the paper's. The paper gives means only, so ours has the interval."""

from collections.abc import Sequence
from typing import Literal, NamedTuple

import numpy as np

from lstm_jax.paper.statistics import mean_interval
from lstm_jax.paper.tables import Printed

Verdict = Literal["agrees", "near", "faster", "slower", "not reproduced", "cut short"]

SHARE = 0.9
"""Least part of the paper's share of solved trials with which a row is reproduced."""

NEAR = 2.0
"""Means within this factor are near each other."""

MEANINGS: dict[Verdict, str] = {
    "agrees": "the paper's mean lies in the 95 % interval of ours, unsolved trials counted where the paper has none",
    "near": f"the means are within a factor of {NEAR:g}",
    "faster": f"our mean is less than 1/{NEAR:g} of the paper's",
    "slower": f"our mean is more than {NEAR:g} times the paper's",
    "not reproduced": f"fewer than {100 * SHARE:g} % of the paper's share of trials were solved",
    "cut short": "too few trials were solved, but they were given up sooner than the row's budget says",
}
"""What each verdict says, where the paper's nets solved the row; the first four also that enough trials were solved."""

OF_FAILURES: dict[Verdict, str] = {
    "agrees": "no trial of the paper's was solved, and none of ours",
    "faster": "no trial of the paper's was solved, but some of ours",
    "cut short": "no trial was solved, but they were given up sooner than the row's budget says",
}
"""What a verdict says where the paper's trials all failed."""


class Comparison(NamedTuple):
    """How the trials of a row compare with the paper's."""

    verdict: Verdict
    ratio: float | None
    """Our mean divided by the paper's; None if one of them is missing."""
    at_least: bool
    """Whether trials that were not solved count in the mean: it would be larger if they had gone on."""


def compare(presentations: Sequence[int | None], budgets: Sequence[int], paper: Printed) -> Comparison:
    """Compare trials with the paper's.

    The paper's mean is over its solved trials. If all of its trials were solved, leaving out those of ours that were
    not would compare our best with all of the paper's. So ours count, too, with the presentations they were given.

    >>> from lstm_jax.paper.tables import printed
    >>> compare([20_000, 45_000, None], [313_900] * 3, printed("6a", stage=0, stages=1)).verdict
    'not reproduced'

    Args:
        presentations: of each trial; None if it was not solved.
        budgets: the presentations that each was given at most.
        paper: its figures.
    """
    percent, papers_mean = paper.solved_percent, paper.presentations
    solved = [at for at in presentations if at is not None]
    at_least = percent == 100 and len(solved) < len(presentations)
    counted = [budget if at is None else at for at, budget in zip(presentations, budgets, strict=True)]
    counted = counted if at_least else solved
    mean = float(np.mean(counted)) if counted else None
    word = verdict(
        solved=len(solved) / len(presentations),
        paper_solved=None if percent is None else percent / 100,
        mean=mean,
        interval=mean_interval(counted),
        paper_mean=papers_mean,
        cut_short=min(budgets) < paper.budget,
    )
    return Comparison(word, mean / papers_mean if mean and papers_mean else None, at_least)


def verdict(
    *,
    solved: float,
    paper_solved: float | None,
    mean: float | None,
    interval: tuple[float, float] | list[float] | None,
    paper_mean: float | int | None,
    cut_short: bool = False,
) -> Verdict:
    """Compare a row with the paper's.

    >>> verdict(solved=1.0, paper_solved=1.0, mean=29.5, interval=(26.2, 35.8), paper_mean=31.4)
    'agrees'
    >>> verdict(solved=0.5, paper_solved=1.0, mean=29.5, interval=(26.2, 35.8), paper_mean=31.4)
    'not reproduced'

    Args:
        solved: fraction of our trials that were solved.
        paper_solved: of the paper's; None for "some fraction".
        mean: of our presentations; None if no trial is counted.
        interval: its bootstrap interval, if there is one.
        paper_mean: the paper's mean; None where it has none because no trial was solved.
        cut_short: whether our trials were given up sooner than the row's budget says.

    Returns:
        "not reproduced" if fewer than `SHARE` of the paper's share of trials were solved ("cut short" if more might
        have been within the row's budget); else "agrees" if the paper's mean lies in our interval, "near" if the means
        are within a factor `NEAR`, or "faster" or "slower". Where the paper's trials all failed: "agrees" if ours do
        too, else "faster".
    """
    if paper_solved == 0:
        return "faster" if solved else "cut short" if cut_short else "agrees"
    if not solved or mean is None or paper_mean is None or solved < SHARE * (paper_solved or 0):
        return "cut short" if cut_short else "not reproduced"
    if interval is not None and interval[0] <= paper_mean <= interval[1]:
        return "agrees"
    if paper_mean / NEAR <= mean <= paper_mean * NEAR:
        return "near"
    return "faster" if mean < paper_mean else "slower"


def meaning(word: Verdict, papers_percent: int | None) -> str:
    """What a verdict says, in words.

    >>> meaning("agrees", papers_percent=0)
    "no trial of the paper's was solved, and none of ours"
    >>> meaning("near", papers_percent=100)
    'the means are within a factor of 2'

    Args:
        word: the verdict.
        papers_percent: of the paper's trials, how many were solved; None for "some fraction".
    """
    return OF_FAILURES[word] if papers_percent == 0 else MEANINGS[word]
