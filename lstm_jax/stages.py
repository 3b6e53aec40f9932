"""What the stages of a criterion are called: in a sentence, and as short as in the paper's tables."""

from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple


class Stage(NamedTuple):
    """The names of one stage."""

    sentence: str
    """The name in a sentence, such as "fewer than 6 of 256 wrong, mean error below 0.04"."""
    short: str
    """The name in a table, such as "n < 6, error < 0.04"; n is the number of wrong sequences (n_seq in Table 8)."""


def named(
    fewer_wrong_than: Sequence[int], sequences: int, mean_error_below: Sequence[float | None] = ()
) -> tuple[Stage, ...]:
    """The names of stages by their bounds.

    >>> [stage.short for stage in named([140, 13], sequences=2000)]
    ['n < 140', 'n < 13']
    >>> named([1], sequences=256, mean_error_below=[0.01])[0].sentence
    'none of 256 wrong, mean error below 0.01'

    Args:
        fewer_wrong_than: for each stage, how many wrong sequences are too many.
        sequences: how many sequences are judged.
        mean_error_below: for each stage the bound on the mean error, or None; empty if no name has it.
    """
    errors = mean_error_below or [None] * len(fewer_wrong_than)
    stages = []
    for bound, error in zip(fewer_wrong_than, errors, strict=True):
        wrong, n = (f"fewer than {bound}", f"n < {bound}") if bound > 1 else ("none", "n = 0")
        below, short = ("", "") if error is None else (f", mean error below {error:g}", f", error < {error:g}")
        stages.append(Stage(f"{wrong} of {sequences} wrong{below}", n + short))
    return tuple(stages)


def configured(criterion: Mapping[str, Any]) -> tuple[Stage, ...]:
    """The names of the stages of a criterion by its node in a configuration; none for a criterion of one's own."""
    if criterion.get("name") == "window":
        return named(criterion["fewer_wrong_than"], criterion["size"])
    if criterion.get("name") == "examination":
        return named(criterion["fewer_wrong_than"], criterion["sequences"], criterion["mean_error_below"])
    return ()
