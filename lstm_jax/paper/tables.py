"""The LSTM rows of the paper's Tables 1 to 9 as data. Figures are means over trials; the paper prints no deviations."""

from dataclasses import dataclass

BUDGET_FACTOR = 10
"""A trial may take this many times the paper's mean before it counts as a failure, where the paper sets no limit."""


@dataclass(frozen=True)
class Result:
    """The paper's figures for one stage of a row's criterion."""

    presentations: int
    """Mean number of training sequences until the stage, over the successful trials."""
    test_wrong: int | float | None = None
    """Wrong answers among 2560 fresh sequences; Tables 4 to 6 print the fraction."""
    success_percent: int = 100
    mean_error: float | None = None
    """Printed as MSE in Table 8, where it can only be a mean absolute error."""


@dataclass(frozen=True)
class Row:
    """One row of the paper's tables."""

    table: int | None
    """None for 2b, which stands in the text of section 5.2."""
    trials: int
    results: tuple[Result, ...]
    """One per stage of the criterion."""
    limit: int | None = None
    """Presentations that the paper allowed a trial, where it says so."""

    @property
    def budget(self) -> int:
        """Presentations after which an unsolved trial is a failure."""
        return self.limit or BUDGET_FACTOR * self.results[-1].presentations


def _wrong(fraction: float) -> float:
    return fraction * 2560


def _reber(presentations: int, success_percent: int = 100) -> Row:
    return Row(table=1, trials=30, results=(Result(presentations, success_percent=success_percent),))


def _distractors(presentations: int) -> Row:
    return Row(table=3, trials=20, results=(Result(presentations),), limit=5_000_000)


def _two_sequences(table: int, st1: int, st2: int, fraction: float) -> Row:
    return Row(table=table, trials=10, results=(Result(st1), Result(st2, _wrong(fraction))))


ROWS = {
    "1-1": _reber(39_740),
    "1-2": _reber(21_730),
    "1-3": _reber(14_060, success_percent=97),
    "1-4": _reber(9_500, success_percent=97),
    "1-5": _reber(8_440),
    "2a": Row(table=2, trials=18, results=(Result(5_040),), limit=5_000_000),
    "2b": Row(table=None, trials=18, results=(Result(5_680),), limit=5_000_000),
    "2c-1": _distractors(30_000),
    "2c-2": _distractors(31_000),
    "2c-3": _distractors(33_000),
    "2c-4": _distractors(38_000),
    "2c-5": _distractors(49_000),
    "2c-6": _distractors(49_000),
    "2c-7": _distractors(75_000),
    "2c-8": _distractors(135_000),
    "2c-9": _distractors(203_000),
    "3a-1": _two_sequences(4, 27_380, 39_850, 0.000195),
    "3a-2": _two_sequences(4, 58_370, 64_330, 0.000117),
    "3a-3": _two_sequences(4, 446_850, 452_460, 0.000078),
    "3b-1": _two_sequences(5, 41_740, 43_250, 0.00828),
    "3b-2": _two_sequences(5, 74_950, 78_430, 0.01500),
    "3b-3": _two_sequences(5, 481_060, 485_080, 0.01207),
    "3c-1": Row(table=6, trials=10, results=(Result(269_650, _wrong(0.00558), mean_error=0.014),)),
    "3c-2": Row(table=6, trials=10, results=(Result(565_640, _wrong(0.00441), mean_error=0.012),)),
    "4-1": Row(table=7, trials=10, results=(Result(74_000, 1),)),
    "4-2": Row(table=7, trials=10, results=(Result(209_000, 0),)),
    "4-3": Row(table=7, trials=10, results=(Result(853_000, 1),)),
    "5": Row(
        table=8,
        trials=10,
        results=(Result(482_000, 139, mean_error=0.0223), Result(1_273_000, 14, mean_error=0.0139)),
    ),
    "6a": Row(table=9, trials=20, results=(Result(31_390, 1),)),
    "6b": Row(table=9, trials=10, results=(Result(571_100, 2),)),
}
"""Rows by their names in Table 10; those of Tables 4 to 6 in the order they have there."""
