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
    """Of the nets, those that predicted ten streams of 100,000 symbols without a mistake."""
    mean: int | None
    """Number of training streams until then; None if no net was solved."""
    good_percent: int
    """Of the nets, the unsolved ones whose mean length of a test stream was more than `GOOD`."""
    good_length: int | None
    """Their mean length of a test stream."""
    rest_percent: int
    """All others."""
    rest_length: int
    """Their mean length of a test stream."""


GOOD = 1000
"""Symbols of a test stream."""

PUBLISHED = {
    "reset": Published("standard LSTM, external reset", 74, 7_441, 0, None, 26, 31),
    "standard": Published("standard LSTM", 0, None, 1, 1_166, 99, 37),
    "decay": Published("state decay (0.9)", 0, None, 0, None, 100, 56),
    "forget": Published("forget gates", 18, 18_889, 29, 39_171, 53, 145),
    "forget_lr_decay": Published("forget gates, learning-rate decay", 62, 14_087, 6, 68_464, 32, 30),
}
"""By the name of the variant, in the table's order."""
