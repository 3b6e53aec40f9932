"""Figures made from run directories."""

import json
from collections.abc import Sequence
from pathlib import Path

import matplotlib

matplotlib.use("Agg")
import matplotlib.pyplot as plt
import numpy as np
from matplotlib.ticker import EngFormatter, NullFormatter

from lstm_jax.results.files import read_arrays

OURS, PAPER, TRIAL = "#0072b2", "#d55e00", "#9db8c9"


def learning_curves(directories: Sequence[Path], path: Path) -> None:
    """Draw one panel per run: every trial's training error, when it was solved, and the paper's mean.

    Args:
        directories: finished runs.
        path: the picture to write; its ending gives the format.
    """
    many = len(directories) > 9
    columns = 5 if many else min(3, len(directories))
    rows = -(-len(directories) // columns)
    figure, axes = plt.subplots(rows, columns, figsize=(5 * columns, 3.4 * rows), squeeze=False, layout="constrained")
    for axis in axes.flat[len(directories) :]:
        axis.set_visible(False)
    for axis, directory in zip(axes.flat, directories, strict=False):
        _panel(axis, directory)
    meaning = dict(zip(*reversed(axes.flat[0].get_legend_handles_labels()), strict=True))
    figure.legend(meaning.values(), meaning.keys(), loc="outside lower center", ncols=len(meaning), frameon=False)
    figure.savefig(path, dpi=80 if many else 130)
    plt.close(figure)


def _panel(axis, directory: Path) -> None:
    curves = read_arrays(directory / "curves.npz")
    summary = json.loads((directory / "summary.json").read_text())
    last = summary[-1]
    axis.plot(curves["presentations"], curves["error"], color=TRIAL, linewidth=0.7)
    median = np.median(_carried_on(curves["error"]), axis=1)
    axis.plot(curves["presentations"], median, color=OURS, linewidth=1.8, label="median (ended trials stay)")
    solved = [at for at in last["presentations"] if at is not None]
    axis.plot(solved, np.full(len(solved), 0.02), "|", color=OURS, transform=axis.get_xaxis_transform(), label="solved")
    if last["paper"] and last["paper"]["presentations"]:
        axis.axvline(last["paper"]["presentations"], color=PAPER, linestyle="--", label="paper's mean")
    axis.set(
        title=f"{last['row']}: {last['successes']} of {last['trials']} solved",
        xlabel="presentations",
        ylabel="mean training error",
        yscale="log",
        xlim=(0, None),
    )
    axis.xaxis.set_major_formatter(EngFormatter(sep=""))
    axis.yaxis.set_minor_formatter(NullFormatter())


def _carried_on(curves: np.ndarray) -> np.ndarray:
    """`[points, trials]` with each ended trial's last value in place of NaN."""
    ended = np.isnan(curves)
    last = np.maximum.accumulate(np.where(ended, 0, np.arange(len(curves))[:, None]), axis=0)
    return np.take_along_axis(curves, last, axis=0)
