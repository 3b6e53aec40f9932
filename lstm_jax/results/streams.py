"""Nets on endless streams: the record of one, and the figures of all nets of a variant, as in the published table."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from lstm_jax.paper.continual import GOOD, PUBLISHED, Published
from lstm_jax.paper.statistics import mean, solved_interval


@dataclass(frozen=True)
class StreamRecord:
    """What is kept of a net that has ended."""

    variant: str
    """Name of the kind of nets."""
    seed: int
    trial: int
    """The net's number among those of the seed."""
    solved: bool
    """Whether it passed a test: predicted all test streams in a row to their ends."""
    cut_short: bool
    """Whether it was stopped by the budget."""
    streams: int
    """Training streams that it was shown."""
    trained: int
    """Right predictions in them."""
    longest_test: int
    """Right predictions in its longest test."""
    test: tuple[int, ...]
    """Right predictions in each of some fresh test streams, with its last weights."""
    best_test: tuple[int, ...]
    """The same with the weights of its longest test."""


@dataclass(frozen=True, kw_only=True)
class StreamSummary:
    """The figures of all nets of one variant."""

    variant: str
    reading: str
    """What differs from the defaults; empty if nothing does."""
    weights: int
    """Of a net."""
    trials: int
    """Nets."""
    seed: int
    budget: int
    """Symbols after which what still ran was cut short."""
    training_streams: int
    """After which a net was given up."""
    solved: int
    """Nets that passed a test."""
    solved_interval: tuple[float, float]
    """Wilson's interval of their share, 95 %."""
    streams: tuple[int | None, ...]
    """Training streams that each net needed; None for one that did not pass."""
    mean: float | None
    """Of these; None if no net passed."""
    good: int
    """Of the other nets, those whose mean length of a test stream is more than `GOOD` with their last weights."""
    good_length: float | None
    """Their mean length; None if there are none."""
    rest: int
    """All others."""
    rest_length: float | None
    """Their mean length."""
    best_good: int
    """As `good`, with the weights of each net's longest test."""
    best_good_length: float | None
    best_rest: int
    best_rest_length: float | None
    confirmed: int
    """Nets that passed a test and also predicted fresh test streams to their ends."""
    cut_short: int
    """Nets that were stopped by the budget."""
    trained: float
    """Mean number of right predictions in training."""
    seconds: float
    """Of work."""

    @property
    def published(self) -> Published | None:
        """The published figures; None for a variant of one's own."""
        return PUBLISHED.get(self.variant)


def summarise(
    records: Sequence[StreamRecord],
    *,
    reading: str,
    weights: int,
    budget: int,
    training_streams: int,
    test_symbols: int,
    seconds: float,
) -> StreamSummary:
    """Put the records of all nets of a variant together.

    Args:
        records: one per net.
        reading: what differs from the defaults.
        weights: of a net.
        budget: symbols after which what still ran was cut short.
        training_streams: after which a net was given up.
        test_symbols: of one test stream.
        seconds: of work.
    """
    others = [record for record in records if not record.solved]
    needed = tuple(record.streams if record.solved else None for record in records)
    solved = [number for number in needed if number is not None]
    good, good_length, rest, rest_length = _lengths([record.test for record in others])
    best_good, best_good_length, best_rest, best_rest_length = _lengths([record.best_test for record in others])
    return StreamSummary(
        variant=records[0].variant,
        reading=reading,
        weights=weights,
        trials=len(records),
        seed=records[0].seed,
        budget=budget,
        training_streams=training_streams,
        solved=len(solved),
        solved_interval=solved_interval(len(solved), len(records)),
        streams=needed,
        mean=mean(solved),
        good=good,
        good_length=good_length,
        rest=rest,
        rest_length=rest_length,
        best_good=best_good,
        best_good_length=best_good_length,
        best_rest=best_rest,
        best_rest_length=best_rest_length,
        confirmed=sum(record.solved and sum(record.test) == len(record.test) * test_symbols for record in records),
        cut_short=sum(record.cut_short for record in records),
        trained=float(np.mean([record.trained for record in records])),
        seconds=round(seconds, 2),
    )


def _lengths(tests: Sequence[tuple[int, ...]]) -> tuple[int, float | None, int, float | None]:
    """How many nets are good, their mean length, how many are not, theirs."""
    means = [float(np.mean(test)) for test in tests]
    good, rest = [mean for mean in means if mean > GOOD], [mean for mean in means if mean <= GOOD]
    return len(good), mean(good), len(rest), mean(rest)
