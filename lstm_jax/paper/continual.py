"""What is published about the continual embedded Reber grammar, as data.

Table 2 of F. A. Gers, J. Schmidhuber and F. Cummins, "Learning to forget: continual prediction with LSTM", Neural
Computation 12(10), 2000: 100 nets of each kind. We know the table from a quotation of it, not from the paper itself.
"""

from dataclasses import dataclass


@dataclass(frozen=True)
class Published:
    """One line of the table."""

    name: str
    solved_percent: int
    """Percentage of nets that predicted ten streams of 100,000 symbols without a mistake."""
    mean: int | None
    """Mean number of training streams until a net was solved; None if no net was."""
    good_percent: int
    """Percentage of nets that were not solved, but whose mean length of a test stream was more than `GOOD`."""
    good_length: int | None
    """Mean length of a test stream of those nets, in symbols; None if there were none."""
    rest_percent: int
    """Percentage of all other nets."""
    rest_length: int
    """Mean length of a test stream of all other nets, in symbols."""


GOOD = 1000
"""Number of symbols of a test stream above which an unsolved net is good."""

PUBLISHED = {
    "reset": Published("standard LSTM, external reset", 74, 7_441, 0, None, 26, 31),
    "standard": Published("standard LSTM", 0, None, 1, 1_166, 99, 37),
    "decay": Published("state decay (0.9)", 0, None, 0, None, 100, 56),
    "forget": Published("forget gates", 18, 18_889, 29, 39_171, 53, 145),
    "forget_lr_decay": Published("forget gates, learning-rate decay", 62, 14_087, 6, 68_464, 32, 30),
}
"""The lines of the published table by the name of the variant, in the table's order."""
