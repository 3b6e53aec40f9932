"""Reach: how long a lag a cell bridges on a task, within a budget of presentations."""

from collections.abc import Sequence
from dataclasses import dataclass

from lstm_jax.results.censored import restricted_mean
from lstm_jax.results.longer import Longer

SOLVED = 0.9
"""Share of the trials that have to meet the criterion at a lag that counts as bridged."""


@dataclass(frozen=True, kw_only=True)
class AtLag:
    """What one cell came to on one task at one lag."""

    cell: str
    task: str
    lag: int
    weights: int
    """Number of weights of the net."""
    learning_rate: float
    """The one that did best at the lag where cells are tuned."""
    trials: int
    solved: int
    interval: tuple[float, float]
    """Wilson's interval of the share of solved trials, 95 %."""
    budget: int
    """Presentations after which a trial was given up."""
    presentations: tuple[int | None, ...]
    """Training sequences that each trial needed, `[trials]`; None for one that was not solved."""
    overrides: tuple[str, ...] = ()
    """What was tuned besides the learning rate, as overrides of the run."""
    longer: tuple[Longer, ...] = ()
    """How the solved trials did at longer lags, where they were tested there."""

    @property
    def share(self) -> float:
        """Share of solved trials."""
        return self.solved / self.trials

    @property
    def restricted_mean(self) -> float:
        """Mean presentations of all trials, where one that was not solved counts with the budget."""
        return restricted_mean(self.presentations, self.budget)


def reach(lines: Sequence[AtLag]) -> int | None:
    """The longest lag at which at least `SOLVED` of the trials met the criterion within the budget.

    Args:
        lines: of one cell on one task, in any order.

    Returns:
        None if it was met at no lag that was tried.
    """
    return max((line.lag for line in lines if line.share >= SOLVED), default=None)


@dataclass(frozen=True, kw_only=True)
class Tuned:
    """What one try came to, at the lag where cells are tuned: a learning rate, and for some cells another setting."""

    cell: str
    task: str
    lag: int
    learning_rate: float
    trials: int
    solved: int
    restricted_mean: float
    wrong: float
    """Share of fresh sequences that the nets answered wrong at their end, a mean over the trials."""
    chosen: bool
    """Whether it is the one that the cell goes on with."""
    overrides: tuple[str, ...] = ()
    """What else was tried, as overrides of the run."""


def best(tried: Sequence[Tuned]) -> Tuned:
    """The try with the most solved trials; then with the fewest presentations; then with the fewest wrong
    answers at the end, which decides where no trial is solved."""
    return min(tried, key=lambda one: (-one.solved, one.restricted_mean, one.wrong))
