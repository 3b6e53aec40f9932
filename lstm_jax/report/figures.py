"""Figures made from run directories."""

import math
from collections.abc import Sequence
from pathlib import Path

import numpy as np
from matplotlib.ticker import EngFormatter, NullFormatter

from lstm_jax.paper.tables import title
from lstm_jax.report.curves import spread, thinned
from lstm_jax.report.style import OURS, PAPER, TRIAL, plt, save
from lstm_jax.results import Run

BUCKETS = 300
"""Number of buckets into which a curve is thinned if it has more points than can be seen; extremes stay."""


def learning_curves(runs: Sequence[Run], path: Path, formats: Sequence[str] = ()) -> None:
    """Draw one panel per run: every trial's training error, when it was solved, and the paper's mean.

    Args:
        runs: finished ones that have their curves.
        path: the picture to write; its ending gives the format unless there are `formats`.
        formats: endings, one file each.
    """
    many = len(runs) > 9
    columns = 5 if many else min(3, len(runs))
    rows = -(-len(runs) // columns)
    figure, axes = plt.subplots(rows, columns, figsize=(5 * columns, 3.4 * rows), squeeze=False, layout="constrained")
    for axis in axes.flat[len(runs) :]:
        axis.set_visible(False)
    for axis, run in zip(axes.flat, runs, strict=False):
        _panel(axis, run, pixels=many)
    meaning = dict(zip(*reversed(axes.flat[0].get_legend_handles_labels()), strict=True))
    figure.legend(meaning.values(), meaning.keys(), loc="outside lower center", ncols=len(meaning), frameon=False)
    save(figure, path, formats, dpi=68 if many else 130)


def _panel(axis, run: Run, pixels: bool) -> None:
    """Draw one run; its trials' curves as pixels where so many lines would make a large vector file."""
    curves, last = run.curves, run.summary[-1]
    at = curves["presentations"]
    for curve in curves["error"].T:
        kept = thinned(curve, BUCKETS)
        axis.plot(at[kept], curve[kept], color=TRIAL, linewidth=0.7, rasterized=pixels)
    median = spread(curves["error"]).median
    axis.plot(at, median, color=OURS, linewidth=1.8, label="median (ended trials stay)")
    solved = [at for at in last.presentations if at is not None]
    axis.plot(solved, np.full(len(solved), 0.02), "|", color=OURS, transform=axis.get_xaxis_transform(), label="solved")
    if last.paper and last.paper.presentations:
        axis.axvline(last.paper.presentations, color=PAPER, linestyle="--", label="paper's mean")
    axis.set(
        title=f"{title(last.row)}: {last.solved} of {last.trials} solved",
        xlabel="presentations",
        ylabel="mean training error",
        yscale="log",
        xlim=(0, None),
        ylim=_decades(curves["error"]),
    )
    axis.xaxis.set_major_formatter(EngFormatter(sep=""))
    axis.yaxis.set_minor_formatter(NullFormatter())


def _decades(errors: np.ndarray) -> tuple[float, float]:
    """Powers of ten around all errors: both are numbers on the axis, and a curve that hardly changes looks flat."""
    seen = np.log10(errors[np.isfinite(errors) & (errors > 0)])
    if not seen.size:
        return 0.1, 1.0
    low, high = math.floor(seen.min()), math.ceil(seen.max())
    return 10.0**low, 10.0 ** max(high, low + 1)
