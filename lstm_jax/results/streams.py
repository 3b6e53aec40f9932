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
    """The net's number among those of its seed."""
    solved: bool
    """Whether it passed a test: predicted all test streams in a row to their ends."""
    cut_short: bool
    """Whether it was stopped by the budget."""
    streams: int
    """Number of training streams that the net was shown."""
    trained: int
    """Number of right predictions in its training streams."""
    longest_test: int
    """Number of right predictions in its longest test."""
    test: tuple[int, ...]
    """Right predictions in each of some fresh test streams, with its last weights."""
    best_test: tuple[int, ...]
    """Right predictions in each of some fresh test streams, with the weights of its longest test."""


@dataclass(frozen=True, kw_only=True)
class StreamSummary:
    """The figures of all nets of one variant."""

    variant: str
    reading: str
    """What differs from the defaults; empty if nothing does."""
    weights: int
    """Number of weights of a net."""
    trials: int
    """Number of nets."""
    seed: int
    budget: int
    """Number of symbols after which what still ran was cut short."""
    training_streams: int
    """Number of training streams after which a net was given up."""
    solved: int
    """Number of nets that passed a test."""
    solved_interval: tuple[float, float]
    """Wilson's interval of the share of solved nets, 95 %."""
    streams: tuple[int | None, ...]
    """Number of training streams that each net needed, `[nets]`; None for one that did not pass a test."""
    mean: float | None
    """Mean number of training streams that solved nets needed; None if no net passed a test."""
    good: int
    """Number of unsolved nets whose mean length of a test stream is more than `GOOD`, with their last weights."""
    good_length: float | None
    """Mean length of a test stream of these nets, in symbols; None if there are none."""
    rest: int
    """Number of all other unsolved nets."""
    rest_length: float | None
    """Mean length of a test stream of all other unsolved nets, in symbols; None if there are none."""
    best_good: int
    """As `good`, with the weights of each net's longest test."""
    best_good_length: float | None
    best_rest: int
    best_rest_length: float | None
    confirmed: int
    """Number of nets that passed a test and also predicted fresh test streams to their ends."""
    cut_short: int
    """Number of nets that were stopped by the budget."""
    trained: float
    """Mean number of right predictions in training."""
    seconds: float
    """Time of work, in seconds."""

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
        training_streams: number of training streams after which a net was given up.
        test_symbols: number of symbols of one test stream.
        seconds: time of work.
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
    """How many nets are good and their mean length, how many are not and their mean length."""
    means = [float(np.mean(test)) for test in tests]
    good, rest = [mean for mean in means if mean > GOOD], [mean for mean in means if mean <= GOOD]
    return len(good), mean(good), len(rest), mean(rest)
