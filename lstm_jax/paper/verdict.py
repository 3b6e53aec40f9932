"""In one word how a row of ours compares with the paper's. The paper gives means only, so ours has the interval."""

from typing import Literal

Verdict = Literal["agrees", "near", "faster", "slower", "not reproduced", "cut short"]

SHARE = 0.9
"""A row is reproduced only if at least this part of the paper's share of trials was solved."""

NEAR = 2.0
"""Means within this factor are near each other."""


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

    Args:
        solved: fraction of our trials that were solved.
        paper_solved: of the paper's; None for "some fraction".
        mean: of our presentations over the solved trials; None if there are none.
        interval: its bootstrap interval, if there is one.
        paper_mean: the paper's mean; None where it has none because no trial was solved.
        cut_short: whether our trials were given up sooner than the row's budget says.

    Returns:
        "not reproduced" if fewer than `SHARE` of the paper's share of trials were solved ("cut short" if more might
        have been within the row's budget); else "agrees" if the
        paper's mean lies in our interval, "near" if the means are within a factor `NEAR`, or "faster" or "slower".
        Where the paper's trials all failed: "agrees" if ours do too, else "faster".
    """
    if paper_solved == 0:
        return "faster" if solved else "cut short" if cut_short else "agrees"
    if mean is None or paper_mean is None or solved < SHARE * (paper_solved or 0):
        return "cut short" if cut_short else "not reproduced"
    if interval is not None and interval[0] <= paper_mean <= interval[1]:
        return "agrees"
    if paper_mean / NEAR <= mean <= paper_mean * NEAR:
        return "near"
    return "faster" if mean < paper_mean else "slower"
