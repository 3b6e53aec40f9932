"""The paper's Tables 7 to 9 as data. Every figure is a mean over the trials; the paper prints no deviations."""

from dataclasses import dataclass


@dataclass(frozen=True)
class Result:
    """One line of a table: the paper's figures for one stage of a row's criterion."""

    presentations: int
    """Mean number of training sequences until the stage."""
    test_wrong: int
    """Wrong answers among 2560 fresh sequences."""
    success_percent: int = 100
    mean_error: float | None = None
    """Printed as MSE in Table 8, where it can only be a mean absolute error."""


@dataclass(frozen=True)
class Row:
    """One row of the paper's tables."""

    table: int
    trials: int
    results: tuple[Result, ...]
    """One per stage of the criterion."""


ROWS = {
    "4-1": Row(table=7, trials=10, results=(Result(presentations=74_000, test_wrong=1),)),
    "4-2": Row(table=7, trials=10, results=(Result(presentations=209_000, test_wrong=0),)),
    "4-3": Row(table=7, trials=10, results=(Result(presentations=853_000, test_wrong=1),)),
    "5": Row(
        table=8,
        trials=10,
        results=(
            Result(presentations=482_000, test_wrong=139, mean_error=0.0223),
            Result(presentations=1_273_000, test_wrong=14, mean_error=0.0139),
        ),
    ),
    "6a": Row(table=9, trials=20, results=(Result(presentations=31_390, test_wrong=1),)),
    "6b": Row(table=9, trials=10, results=(Result(presentations=571_100, test_wrong=2),)),
}
"""Rows by their names in Table 10."""

BUDGET_FACTOR = 10
"""A trial may take this many times the paper's mean before it counts as a failure."""
