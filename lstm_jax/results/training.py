"""Trials of training: the record of one, and the figures of all trials of a row beside the paper's."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from lstm_jax.paper.statistics import mean, mean_interval, solved_interval
from lstm_jax.paper.tables import Printed, printed
from lstm_jax.paper.verdict import Verdict, compare
from lstm_jax.results.censored import restricted_interval, restricted_mean
from lstm_jax.results.notebook import html_table, presentations


@dataclass(frozen=True)
class Measures:
    """How a net did on fresh sequences with its weights held still."""

    wrong: int
    """Number of sequences that were answered wrong."""
    mean_absolute_error: float
    """Mean absolute error over all outputs and sequences."""
    mean_squared_error: float
    """Mean squared error over all outputs and sequences."""


@dataclass(frozen=True)
class StageRecord:
    """One stage of the criterion in one trial."""

    stage: str
    """The stage's name in a sentence."""
    short: str
    """The stage's name as short as in the paper's tables."""
    presentations: int | None
    """Number of training sequences that were needed for the stage; None if it was not reached."""
    tested: Measures | None
    """How the net that reached the stage did; None if it was not reached."""


@dataclass(frozen=True)
class TrialRecord:
    """What is kept of a trial that has ended."""

    row: str
    """Name of a row of the paper, or of an experiment of one's own."""
    seed: int
    trial: int
    """The trial's number among those of its seed."""
    stages: tuple[StageRecord, ...]
    """The stages of the criterion in their order; the last one ends a trial."""
    diverged: bool
    """Whether it ended with an error that is not finite."""
    end: Measures
    """How the net did at the trial's end."""
    transfer: tuple[int, ...] = ()
    """Number of sequences of each further task that it answered wrong when it was solved; empty where it was not, or
    there are no such tasks."""

    def __repr__(self) -> str:
        if self.solved:
            came = f"solved after {presentations(self.presentations)} presentations"
        else:
            came = "diverged" if self.diverged else "not solved"
        return f"<trial {self.trial} of {self.row}, seed {self.seed}: {came}>"

    def _repr_html_(self) -> str:
        rows = [{"stage": stage.stage, "presentations": presentations(stage.presentations)} for stage in self.stages]
        return html_table(repr(self)[1:-1], rows)

    @property
    def presentations(self) -> int | None:
        """Training sequences that the trial needed; None if it was not solved."""
        return self.stages[-1].presentations

    @property
    def solved(self) -> bool:
        """Whether it reached the last stage."""
        return self.presentations is not None


@dataclass(frozen=True, kw_only=True)
class Summary:
    """The figures of a row's trials at one stage of its criterion."""

    row: str
    stage: str
    """The stage's name in a sentence."""
    short: str
    """The stage's name as short as in the paper's tables."""
    stages: int
    """Number of stages that the row has."""
    weights: int
    """Number of weights of the net."""
    trials: int
    solved: int
    """Number of trials that reached the stage."""
    solved_interval: tuple[float, float]
    """Wilson's interval of the share of solved trials, 95 %."""
    diverged: int
    """Number of trials that ended with an error that is not finite."""
    presentations: tuple[int | None, ...]
    """Training sequences that each trial needed, `[trials]`; None for one that was not solved."""
    mean: float | None
    """Mean number of presentations over the solved trials; None if there are none."""
    mean_interval: tuple[float, float] | None
    """Bootstrap interval of the mean, 95 %; None where too few trials say nothing about their spread."""
    median: float | None
    """Median number of presentations over the solved trials; None if there are none."""
    range: tuple[int, int] | None
    """Fewest and most presentations of a solved trial; None if there are none."""
    wrong: float | None
    """Number of test sequences that were answered wrong, a mean over the solved trials; None if there are none."""
    unsolved_wrong: float | None
    """Number of test sequences that unsolved trials answered wrong at their end, a mean; None if there are none."""
    mean_absolute_error: float | None
    """Mean absolute error on the test sequences, a mean over the solved trials; None if there are none."""
    mean_squared_error: float | None
    """Mean squared error on the test sequences, a mean over the solved trials; None if there are none."""
    budget: int
    """Presentations after which a trial was given up."""
    test_sequences: int
    """Number of sequences that each net was tested on."""
    seconds: float
    """Time during which the row ran, alone or beside others, in seconds."""
    paper: Printed | None
    """The paper's figures; None for a row that it does not have."""
    verdict: Verdict | None
    """Our figures beside the paper's in one word; None for a row that the paper does not have."""
    ratio: float | None
    """Our mean divided by the paper's; None if one of them is missing."""
    at_least: bool | None
    """Whether unsolved trials count in the ratio, which would be larger if they had gone on; None without the paper's
    figures."""
    transfer: tuple[tuple[int, ...], ...] = ()
    """Number of sequences of each further task that each trial's net answered wrong when it was solved, `[trials]
    [tasks]`, nothing for a trial that was not; empty if there are no such tasks."""

    def __repr__(self) -> str:
        beside = f", the paper's {presentations(self.paper.presentations)}: {self.verdict}" if self.paper else ""
        return f"<{self.row}, {self.stage}: {self.outcome}{beside}>"

    def _repr_html_(self) -> str:
        return html_table(f"{self.row}", [self.line])

    @property
    def outcome(self) -> str:
        """How many trials were solved and after how many presentations, in words."""
        came = f"{self.solved} of {self.trials} trials solved"
        if not self.solved:
            return f"{came} in {presentations(self.budget)} presentations"
        of = " of these" if self.solved < self.trials else ""
        return f"{came}, mean{of} {presentations(self.mean)} presentations"

    @property
    def line(self) -> dict[str, str | None]:
        """What is shown of it in a notebook, in words."""
        low, high = self.mean_interval or (None, None)
        return {
            "stage": self.stage,
            "solved": f"{self.solved} of {self.trials}",
            "mean of the solved": presentations(self.mean),
            "95 %": f"{presentations(low)} to {presentations(high)}" if self.mean_interval else None,
            "mean of all": f"{'≥ ' if self.solved < self.trials else ''}{presentations(self.objective)}",
            "the paper's mean": presentations(self.paper.presentations) if self.paper else None,
            "verdict": self.verdict,
        }

    @property
    def compared_mean(self) -> float | None:
        """Mean presentations as the ratio and the verdict have it. Where `at_least`, over all trials, an unsolved one
        counted with its budget; else over the solved ones, None if there are none."""
        return restricted_mean(self.presentations, self.budget) if self.at_least else self.mean

    @property
    def compared_interval(self) -> tuple[float, float] | None:
        """The interval of `compared_mean`, as `mean_interval`."""
        return restricted_interval(self.presentations, self.budget) if self.at_least else self.mean_interval

    @property
    def objective(self) -> float:
        """Mean presentations, an unsolved trial counted with the budget: for sweepers, smaller is better."""
        return sum(self.budget if at is None else at for at in self.presentations) / self.trials


def summarise(
    records: Sequence[TrialRecord], *, weights: int, budget: int, test_sequences: int, seconds: float
) -> tuple[Summary, ...]:
    """Put the records of all trials of a row together: one summary for each stage.

    Args:
        records: one per trial.
        weights: of the net.
        budget: presentations after which a trial was given up.
        test_sequences: that each net was tested on.
        seconds: time during which the row ran.
    """
    shared = {"weights": weights, "budget": budget, "test_sequences": test_sequences, "seconds": round(seconds, 2)}
    return tuple(_summary(records, i, **shared) for i in range(len(records[0].stages)))


def _summary(records: Sequence[TrialRecord], i: int, *, budget: int, **shared) -> Summary:
    row, stages = records[0].row, [record.stages[i] for record in records]
    tested = [stage.tested for stage in stages if stage.tested is not None]
    unsolved = [record.end.wrong for record, stage in zip(records, stages, strict=True) if stage.tested is None]
    presentations = tuple(stage.presentations for stage in stages)
    times = [at for at in presentations if at is not None]
    paper = printed(row, i, len(records[0].stages))
    compared = compare(presentations, [budget] * len(stages), paper) if paper else None
    return Summary(
        row=row,
        stage=stages[0].stage,
        short=stages[0].short,
        stages=len(records[0].stages),
        trials=len(stages),
        solved=len(times),
        solved_interval=solved_interval(len(times), len(stages)),
        diverged=sum(record.diverged for record in records),
        presentations=presentations,
        mean=mean(times),
        mean_interval=mean_interval(times),
        median=float(np.median(times)) if times else None,
        range=(min(times), max(times)) if times else None,
        wrong=mean(found.wrong for found in tested),
        unsolved_wrong=mean(unsolved),
        mean_absolute_error=mean(found.mean_absolute_error for found in tested),
        mean_squared_error=mean(found.mean_squared_error for found in tested),
        budget=budget,
        paper=paper,
        verdict=compared and compared.verdict,
        ratio=compared and compared.ratio,
        at_least=compared and compared.at_least,
        transfer=tuple(r.transfer for r in records) if any(r.transfer for r in records) else (),
        **shared,
    )
