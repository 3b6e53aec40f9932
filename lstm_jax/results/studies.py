"""What studies put side by side: summaries of runs, and what nets do inside, each with what tells it from others."""

from dataclasses import dataclass

from lstm_jax.results.training import Summary


@dataclass(frozen=True, kw_only=True)
class ReadingSummary(Summary):
    """The figures of a row under one reading of the paper, at one stage."""

    reading: str
    """The reading in words."""
    overrides: tuple[str, ...]
    """The reading as overrides of the row's configuration."""


@dataclass(frozen=True, kw_only=True)
class ComparedSummary(Summary):
    """The figures of one cell on one row, at one stage."""

    cell: str
    """Name of its option, or `module.Class`."""
    gradient: str
    """Name of the rule by which it learned."""


Trials = tuple[float | None, ...]
"""A number for each trial; None where there is none."""


@dataclass(frozen=True, kw_only=True)
class UseRecord:
    """What the memory cells of all trials of a row are used for at one moment of training.

    The measures are those of `lstm_jax.analysis.abuse.Use`, for each cell and trial.
    """

    row: str
    variant: str
    """In words, how its conditions differ from those of others."""
    overrides: tuple[str, ...]
    """The variant as overrides of the row's configuration."""
    presentations: int
    """Number of presentations of every trial at this moment."""
    solved: int
    """Number of trials that have succeeded."""
    sent_constant: Trials
    """The share of what all cells send to the output units that is constant; None where nothing is sent."""
    constant: tuple[Trials, ...]
    constant_sent: tuple[Trials, ...]
    varying_sent: tuple[Trials, ...]
    drift: tuple[Trials, ...]
    slope: tuple[Trials, ...]
    error: Trials
    """Mean absolute error of the outputs."""


@dataclass(frozen=True, kw_only=True)
class OrderRecord:
    """How the nets of a run tell the order of two symbols, trial by trial.

    The measures are those of `lstm_jax.analysis.order.Measures`, and the kinds those of `Kinds` there.
    """

    row: str
    seed: int
    solved: tuple[bool, ...]
    """Whether the trial met its criterion."""
    right: Trials
    """Share of right answers."""
    decides: tuple[Trials, ...]
    """For each block the share of answers right by what it is shown, while the others are shown another order."""
    gate: tuple[Trials, ...]
    """For each block the input gate at the second symbol as a multiple of that at the first, farthest from 1."""
    cell_input: tuple[Trials, ...]
    """For each block how far a cell input at the second symbol depends on the first."""
    sign: tuple[Trials, ...]
    """For each block the share of strings in which a state keeps the first symbol's sign."""
    late: tuple[Trials, ...]
    """For each block the share of what it knows of the first symbol that came after that symbol's step."""
    leading: tuple[int, ...]
    """The block that decides most answers, counted from 0."""
    one_block: tuple[bool, ...]
    """Whether that block is enough."""
    by_gate: tuple[bool, ...]
    by_sign: tuple[bool, ...]
