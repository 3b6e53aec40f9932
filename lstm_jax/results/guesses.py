"""Trials of weight guessing: the record of one, and the figures of all trials of a run beside what is published."""

from collections.abc import Sequence
from dataclasses import dataclass

from lstm_jax.paper.guessing import PUBLISHED
from lstm_jax.paper.statistics import mean, mean_interval


@dataclass(frozen=True)
class GuessRecord:
    """What is kept of a trial that has ended."""

    trial: int
    """The trial's number among those of its seed."""
    guesses: int | None
    """Number of guesses until a net solved the training sequences; None if none did within the budget."""
    wrong: int | None
    """Number of test sequences that this net answered wrong; None if no net was found."""
    mean_absolute_error: float | None
    """Mean absolute error of this net's outputs on the test sequences; None if no net was found."""

    @property
    def solved(self) -> bool:
        """Whether a net was found."""
        return self.guesses is not None


@dataclass(frozen=True, kw_only=True)
class GuessSummary:
    """The figures of all trials of one run."""

    problem: str
    """Name of the problem in tables."""
    architecture: str
    """Name of the architecture in tables."""
    weights: int
    """Number of weights of the net."""
    training_sequences: int
    test_sequences: int
    trials: int
    seed: int
    budget: int
    """Number of guesses after which a trial was given up."""
    solved: int
    """Number of trials that found a net."""
    guesses: tuple[int | None, ...]
    """Number of guesses of each trial, `[trials]`; None for one that was not solved."""
    tried: int
    """Number of all guesses; an unsolved trial counts with the budget."""
    mean: float | None
    """Guesses per solution, which is the mean over the trials if all were solved; None if none was."""
    mean_interval: tuple[float, float] | None
    """Bootstrap interval of the mean, 95 %; None unless all trials were solved."""
    published: int | None
    """The published mean; None if there is none."""
    ratio: float | None
    """Our mean divided by the published one; None if one of them is missing."""
    wrong: float | None
    """Number of test sequences that were answered wrong, a mean over the solved trials; None if there are none."""
    mean_absolute_error: float | None
    """Mean absolute error on the test sequences, a mean over the solved trials; None if there are none."""
    flawless: int
    """Number of solved trials whose net answered no test sequence wrong."""
    seconds: float
    """Time of work, in seconds."""
    rate: int | None
    """Guesses per second."""


def summarise(
    records: Sequence[GuessRecord],
    *,
    problem: str,
    architecture: str,
    weights: int,
    training_sequences: int,
    test_sequences: int,
    seed: int,
    budget: int,
    seconds: float,
) -> GuessSummary:
    """Put the records of all trials together; the arguments are as in the summary."""
    guesses = tuple(record.guesses for record in records)
    solved = [record for record in records if record.solved]
    tried = sum(budget if number is None else number for number in guesses)
    per_solution = tried / len(solved) if solved else None
    published = PUBLISHED.get((problem, architecture))
    return GuessSummary(
        problem=problem,
        architecture=architecture,
        weights=weights,
        training_sequences=training_sequences,
        test_sequences=test_sequences,
        trials=len(records),
        seed=seed,
        budget=budget,
        solved=len(solved),
        guesses=guesses,
        tried=tried,
        mean=per_solution,
        mean_interval=mean_interval([g for g in guesses if g is not None]) if len(solved) == len(records) else None,
        published=published,
        ratio=per_solution / published if per_solution and published else None,
        wrong=mean(record.wrong for record in records),
        mean_absolute_error=mean(record.mean_absolute_error for record in records),
        flawless=sum(record.wrong == 0 for record in records),
        seconds=round(seconds, 2),
        rate=round(tried / seconds) if seconds else None,
    )
