"""What luck does: many trials of a row, and what means of as few as the paper's would be among them."""

import json
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from matplotlib.ticker import EngFormatter

from lstm_jax.paper.statistics import solved_interval
from lstm_jax.paper.tables import ROWS
from lstm_jax.report.columns import Column
from lstm_jax.report.style import OURS, PAPER, plt, save
from lstm_jax.report.table import COMPARED, count, share_with_interval
from lstm_jax.results.censored import log_rank
from lstm_jax.results.provenance import releases
from lstm_jax.results.run import Run
from lstm_jax.results.training import Summary

DRAWS = 10_000
"""How often a few trials are drawn from all."""


@dataclass(frozen=True)
class Seeds:
    """Many trials of one row, at the last stage of its criterion."""

    run: Run

    @property
    def summary(self) -> Summary:
        """Its figures."""
        return self.run.summary[-1]

    @property
    def solved(self) -> np.ndarray:
        """Presentations of the trials that were solved."""
        return np.array([at for at in self.summary.presentations if at is not None], float)

    @property
    def compared(self) -> np.ndarray:
        """Presentations as the paper's mean is compared with: NaN for trials that were not solved, but where all of the
        paper's were; there such a trial counts with its budget, `[trials]`."""
        unsolved = self.summary.budget if self.summary.at_least else np.nan
        return np.array([unsolved if at is None else at for at in self.summary.presentations], float)

    @property
    def few(self) -> int:
        """The paper's number of trials."""
        return ROWS[self.run.row].trials

    @property
    def means(self) -> np.ndarray:
        """Means, as they are compared, of as many trials as the paper has, drawn from all without repetition,
        `[draws]`."""
        random = np.random.default_rng(0)
        times = self.compared
        chosen = random.random((DRAWS, len(times))).argpartition(self.few - 1, axis=1)[:, : self.few]
        means = np.nanmean(times[chosen], axis=1)
        return means[np.isfinite(means)]

    @property
    def between(self) -> tuple[float, float]:
        """Where 95 % of these means lie."""
        low, high = np.quantile(self.means, (0.025, 0.975))
        return float(low), float(high)

    @property
    def below_papers(self) -> float | None:
        """The share of these means that are below the paper's mean; None if the paper has none."""
        paper = self.summary.paper and self.summary.paper.presentations
        return None if paper is None else float(np.mean(self.means < paper))


def _range(pair: tuple[float, float]) -> str:
    return f"{count(pair[0])} to {count(pair[1])}"


def _quantile(own: Seeds, *shares: float) -> list[str]:
    times = [own.summary.budget if at is None else at for at in own.summary.presentations]
    return [count(float(value)) for value in np.quantile(times, shares)]


COLUMNS: list[Column[Seeds]] = [
    Column("row", lambda own: own.run.row, left=True),
    Column(
        "solved [95 %]",
        lambda own: share_with_interval(
            own.summary.solved, own.summary.trials, solved_interval(own.summary.solved, own.summary.trials)
        ),
    ),
    Column("mean [95 %]", lambda own: COMPARED.text(own.summary)),
    Column("median", lambda own: _quantile(own, 0.5)[0]),
    Column("a tenth is below, above", lambda own: ", ".join(_quantile(own, 0.1, 0.9))),
    Column("largest", lambda own: count(float(own.solved.max()))),
    Column("trials of the paper", lambda own: str(own.few)),
    Column("95 % of means of so few", lambda own: _range(own.between)),
    Column("paper's mean", lambda own: count(own.summary.paper and own.summary.paper.presentations)),
    Column("such means below it", lambda own: "" if own.below_papers is None else f"{100 * own.below_papers:.0f} %"),
]
"""A line for each row."""


@dataclass(frozen=True)
class Again:
    """The same trials twice: under other releases, on another machine, or in another precision."""

    first: Run
    second: Run

    @property
    def same(self) -> int:
        """Number of trials that needed as many presentations both times."""
        pairs = zip(self.first.summary[-1].presentations, self.second.summary[-1].presentations, strict=True)
        return sum(a == b for a, b in pairs)

    @property
    def p(self) -> float | None:
        """Of the log-rank test between the two, as if they were trials of their own."""
        stages = [run.summary[-1] for run in (self.first, self.second)]
        found = log_rank(*((stage.presentations, stage.budget) for stage in stages))
        return found and found.p


AGAIN: list[Column[Again]] = [
    Column("row", lambda own: own.first.row, left=True),
    Column("first", lambda own: _made(own.first), left=True),
    Column("second", lambda own: _made(own.second), left=True),
    Column("trials the same", lambda own: f"{own.same} of {own.first.summary[-1].trials}"),
    Column("means", lambda own: ", ".join(count(run.summary[-1].compared_mean) for run in (own.first, own.second))),
    Column("p", lambda own: "" if own.p is None else f"{own.p:.2g}"),
]
"""A line for each pair."""


def _made(run: Run) -> str:
    precision = run.configuration.get("precision", "float32")
    machine = [run.provenance["processor"], *filter(None, [run.provenance.get("xla_flags")])]
    return f"{precision}, jaxlib {' and '.join(releases(run.provenance))}, {', '.join(machine)}"


def pairs(runs: Sequence[Run]) -> list[Again]:
    """Every run with the first of the same trials."""
    return [Again(same[0], other) for same in _same(runs) for other in same[1:]]


def once(runs: Sequence[Run]) -> list[Seeds]:
    """The first run of all trials."""
    return [Seeds(same[0]) for same in _same(runs)]


def _same(runs: Sequence[Run]) -> list[list[Run]]:
    """Runs of the same trials beside each other: of equal configurations but for the precision."""
    found: dict[str, list[Run]] = {}
    for run in runs:
        conditions = {name: node for name, node in run.configuration.items() if name != "precision"}
        found.setdefault(json.dumps(conditions, sort_keys=True), []).append(run)
    return list(found.values())


def picture(runs: Sequence[Run], path: Path, formats: Sequence[str] = ()) -> None:
    """Draw a panel for each row: how times to success are distributed, and means of as few trials as the paper's.

    Args:
        runs: of rows of the paper, finished.
        path: the picture to write; its ending gives the format unless there are `formats`.
        formats: endings, one file each.
    """
    found = once(runs)
    figure, axes = plt.subplots(len(found), 1, figsize=(8, 1.9 * len(found)), squeeze=False, layout="constrained")
    for axis, own in zip(axes.flat, found, strict=True):
        edges = np.geomspace(own.solved.min(), own.solved.max(), 60)
        axis.hist(own.solved, edges, color=OURS, alpha=0.35, label="trials", density=True)
        axis.hist(own.means, edges, color=OURS, histtype="step", linewidth=1.4, label="means of so few", density=True)
        if own.summary.paper and own.summary.paper.presentations:
            axis.axvline(own.summary.paper.presentations, color=PAPER, linestyle="--", label="the paper's mean")
        axis.set(xscale="log", yticks=())
        axis.xaxis.set_major_formatter(EngFormatter(sep=""))
        axis.xaxis.set_minor_formatter(EngFormatter(sep=""))
        axis.tick_params(which="minor", labelsize=7)
        axis.set_title(f"{own.run.row}: {own.summary.trials:,} trials, means of {own.few}", loc="left")
    axes.flat[0].legend(fontsize="small")
    axes.flat[-1].set_xlabel("presentations until the criterion was met")
    save(figure, path, formats)
