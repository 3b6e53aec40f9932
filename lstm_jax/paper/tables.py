"""The rows of the paper's Tables 1 to 9 as data. Figures are means over trials; the paper prints no deviations."""

from dataclasses import dataclass

BUDGET_FACTOR = 10
"""A trial may take this many times the paper's mean before it counts as a failure, where the paper sets no limit."""

TESTED = 2560
"""Number of fresh sequences that the paper tests a net on."""


@dataclass(frozen=True)
class Result:
    """The paper's figures for one stage of a row's criterion."""

    presentations: int | None
    """Mean number of training sequences until the stage, over the successful trials; None where there were none."""
    wrong: int | float | None = None
    """Number of wrong answers among `TESTED` fresh sequences; Tables 4 to 6 print the fraction. None where nothing is
    printed."""
    solved_percent: int | None = 100
    """Percentage of trials that were solved; None for "some fraction"."""
    mean_absolute_error: float | None = None
    """Mean absolute error on fresh sequences; None where nothing is printed. Table 8 calls it MSE, which it cannot
    be."""


@dataclass(frozen=True, kw_only=True)
class Printed(Result):
    """A `Result` with what is printed about its row."""

    table: int | None
    """Number of the table; None for 2b, which is in the text of section 5.2."""
    trials: int
    budget: int
    """Presentations after which an unsolved trial counts as a failure."""


@dataclass(frozen=True)
class Row:
    """One row of the paper's tables."""

    table: int | None
    """Number of the table; None for 2b, which is in the text of section 5.2."""
    trials: int
    results: tuple[Result, ...]
    """The paper's figures, one per stage of the criterion."""
    limit: int | None = None
    """Presentations that the paper allowed a trial; None where it does not say so."""
    method: str = "LSTM"
    size: str = ""
    """Size of the net, in Table 1; the lag p, in Table 2."""
    printed_weights: str = ""
    """Number of weights as Tables 1 and 2 print it."""
    learning_rate: str = ""
    """Learning rate as Tables 1 and 2 print it."""

    @property
    def budget(self) -> int:
        """Presentations after which an unsolved trial counts as a failure."""
        presentations = self.results[-1].presentations
        assert self.limit or presentations
        return self.limit or BUDGET_FACTOR * (presentations or 0)


def _wrong(fraction: float) -> float:
    return fraction * TESTED


def _reber(
    size: str, weights: str, learning_rate: str, presentations: int | None, solved_percent: int | None = 100, **others
) -> Row:
    result = Result(presentations, solved_percent=solved_percent)
    return Row(1, 30, (result,), size=size, printed_weights=weights, learning_rate=learning_rate, **others)


def _noise_free(
    method: str, p: int, learning_rate: str, weights: int, solved_percent: int, presentations: int | None
) -> Row:
    return Row(
        table=2,
        trials=18,
        results=(Result(presentations, solved_percent=solved_percent),),
        limit=5_000_000,
        method=method,
        size=str(p),
        printed_weights=str(weights),
        learning_rate=learning_rate,
    )


def _distractors(presentations: int) -> Row:
    return Row(table=3, trials=20, results=(Result(presentations),), limit=5_000_000)


def _two_sequences(table: int, st1: int, st2: int, fraction: float) -> Row:
    return Row(table=table, trials=10, results=(Result(st1), Result(st2, _wrong(fraction))))


LSTM_ROWS = {
    "1-1": _reber("4 blocks, size 1", "264", "0.1", 39_740),
    "1-2": _reber("3 blocks, size 2", "276", "0.1", 21_730),
    "1-3": _reber("3 blocks, size 2", "276", "0.2", 14_060, solved_percent=97),
    "1-4": _reber("4 blocks, size 1", "264", "0.5", 9_500, solved_percent=97),
    "1-5": _reber("3 blocks, size 2", "276", "0.5", 8_440),
    "2a": _noise_free("LSTM", 100, "1.0", 10504, 100, 5_040),
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
    "3c-1": Row(table=6, trials=10, results=(Result(269_650, _wrong(0.00558), mean_absolute_error=0.014),)),
    "3c-2": Row(table=6, trials=10, results=(Result(565_640, _wrong(0.00441), mean_absolute_error=0.012),)),
    "4-1": Row(table=7, trials=10, results=(Result(74_000, 1),)),
    "4-2": Row(table=7, trials=10, results=(Result(209_000, 0),)),
    "4-3": Row(table=7, trials=10, results=(Result(853_000, 1),)),
    "5": Row(
        table=8,
        trials=10,
        results=(Result(482_000, 139, mean_absolute_error=0.0223), Result(1_273_000, 14, mean_absolute_error=0.0139)),
    ),
    "6a": Row(table=9, trials=20, results=(Result(31_390, 1),)),
    "6b": Row(table=9, trials=10, results=(Result(571_100, 2),)),
}
"""LSTM's rows by their names in Table 10; those of Tables 4 to 6 in the order they have there."""

COMPETITORS = {
    "1-rtrl-3": _reber("3 hidden", "~170", "0.05", 173_000, None, method="RTRL"),
    "1-rtrl-12": _reber("12 hidden", "~494", "0.1", 25_000, None, method="RTRL"),
    "1-elman": _reber("15 hidden", "~435", "", None, 0, method="Elman net", limit=200_000),
    # Ten times the mean in whole epochs of 256 strings.
    "1-rcc": _reber("7-9 hidden", "~119-198", "", 182_000, 50, method="cascade-correlation", limit=1_820_160),
    "2a-rtrl-p4-lr1": _noise_free("RTRL", 4, "1.0", 36, 78, 1_043_000),
    "2a-rtrl-p4-lr4": _noise_free("RTRL", 4, "4.0", 36, 56, 892_000),
    "2a-rtrl-p4-lr10": _noise_free("RTRL", 4, "10.0", 36, 22, 254_000),
    "2a-rtrl-p10": _noise_free("RTRL", 10, "1.0-10.0", 144, 0, None),
    "2a-rtrl-p100": _noise_free("RTRL", 100, "1.0-10.0", 10404, 0, None),
    "2a-bptt-p100": _noise_free("BPTT", 100, "1.0-10.0", 10404, 0, None),
    "2a-chunker": _noise_free("sequence chunker", 100, "1.0", 10506, 33, 32_400),
    "2b-chunker": Row(table=None, trials=18, results=(Result(None, solved_percent=0),), limit=5_000_000),
}
"""The other methods of Tables 1 and 2, and the chunker on 2b, which the text of section 5.2 says must fail."""

ROWS = LSTM_ROWS | COMPETITORS
"""All rows by their names."""

TITLES = {
    1: "Experiment 1: embedded Reber grammar",
    2: "Experiment 2a: long time lags without noise",
    None: "Experiment 2b: the same with a random middle (in the text)",
    3: "Experiment 2c: long time lags with distractors",
    4: "Experiment 3a: signal and noise on one line",
    5: "Experiment 3b: noise on the signal, too",
    6: "Experiment 3c: noise on signal and targets",
    7: "Experiment 4: adding",
    8: "Experiment 5: multiplication",
    9: "Experiment 6: temporal order",
}
"""Titles of the paper's tables by their numbers, in the order of the experiments."""

SUBJECTS = {
    "1": "embedded Reber grammar",
    "2a": "long lag without noise",
    "2b": "random middle",
    "2c": "distractors",
    "3": "noise and signal",
    "4": "adding",
    "5": "multiplication",
    "6": "temporal order",
}
"""Subjects of rows, by the beginnings of the rows' names."""


def printed(row: str, stage: int, stages: int) -> Printed | None:
    """What the paper prints for a stage of a row; None if it has no such row, or with another number of stages.

    >>> paper = printed("6a", stage=0, stages=1)
    >>> paper.presentations, paper.trials, paper.table
    (31390, 20, 9)
    >>> printed("modern-adding-100", stage=0, stages=1) is None
    True
    """
    if row not in ROWS or len(ROWS[row].results) != stages:
        return None
    own = ROWS[row]
    return Printed(**vars(own.results[stage]), table=own.table, trials=own.trials, budget=own.budget)


def title(row: str) -> str:
    """A row's name and what it is about, "4-1 adding"; the name alone for rows that the paper does not have.

    >>> title("4-1"), title("my-row")
    ('4-1 adding', 'my-row')
    """
    words = [words for begins, words in SUBJECTS.items() if row in ROWS and row.startswith(begins)]
    return " ".join([row, *words])
