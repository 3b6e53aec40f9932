"""Pictures of a board: solved trials at every lag, success against presentations, and profiles.

Every cell has a place of its own, since no sixteen colours can be told apart; colours are steps from dark to light.
"""

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
from matplotlib.patches import Rectangle
from matplotlib.ticker import EngFormatter, MaxNLocator, PercentFormatter

from lstm_jax.report.arena import tasks
from lstm_jax.report.style import OURS, UNSOLVED, plt, save
from lstm_jax.results.censored import success_curve
from lstm_jax.results.profiles import SPENT, profiles
from lstm_jax.results.reach import SOLVED, AtLag

SHADES = plt.get_cmap("cividis")


def shares(lines: Sequence[AtLag], path: Path, formats: Sequence[str] = ()) -> None:
    """Draw a panel for each task: how many trials each cell solved at each lag; framed where the lag is bridged.

    Args:
        lines: a board.
        path: the picture to write; its ending gives the format unless there are `formats`.
        formats: endings, one file each.
    """
    names, cells, lags = tasks(lines), _cells(lines), sorted({line.lag for line in lines})
    panel = 0.5 + 0.45 * len(lags)
    wide = max(1, min(len(names), int(12 // panel)))
    high = -(-len(names) // wide)
    size = (1.6 + panel * wide, high * (0.8 + 0.22 * len(cells)))
    figure, axes = plt.subplots(high, wide, figsize=size, squeeze=False, sharey=True, layout="constrained")
    for axis, task in zip(axes.flat, names, strict=False):
        axis.set(title=task.replace("_", " "), xlim=(-0.5, len(lags) - 0.5), ylim=(len(cells) - 0.5, -0.5))
        axis.set_xticks(range(len(lags)), [f"{lag:,}" for lag in lags])
        axis.set_yticks(range(len(cells)), cells)
        axis.tick_params(length=0)
        axis.spines[:].set_visible(False)
        for line in lines:
            if line.task == task:
                _tile(axis, lags.index(line.lag), cells.index(line.cell), line)
    for axis in axes.flat[len(names) :]:
        axis.set_visible(False)
    figure.supxlabel("lag, steps", fontsize="medium")
    save(figure, path, formats, dpi=110)


def _tile(axis: Any, x: int, y: int, line: AtLag) -> None:
    """One lag of one cell: how many trials were solved."""
    frame: Any = {"edgecolor": "black", "linewidth": 1.6} if line.share >= SOLVED else {"edgecolor": "white"}
    axis.add_patch(Rectangle((x - 0.46, y - 0.42), 0.92, 0.84, facecolor=SHADES(line.share), **frame))
    ink = "black" if line.share > 0.45 else "white"
    axis.text(x, y, str(line.solved), ha="center", va="center", color=ink, fontsize="small")


def courses(lines: Sequence[AtLag], path: Path, formats: Sequence[str] = ()) -> None:
    """Draw a panel for each cell and task: the share of solved trials against presentations, a line for each lag.

    The lines are those of Kaplan and Meier, with their intervals; they end where a trial was given up. A lag at which a
    cell was not tried has none. `path` and `formats` as in `shares`.
    """
    names, cells, lags = tasks(lines), _cells(lines), sorted({line.lag for line in lines})
    colours = dict(zip(lags, plt.get_cmap("plasma")(np.linspace(0, 0.85, len(lags))), strict=True))
    size = (1.4 + min(1.7, 13 / len(names)) * len(names), 0.8 + 0.62 * len(cells))
    figure, axes = plt.subplots(len(cells), len(names), figsize=size, squeeze=False, layout="constrained")
    # Limits are set, not shared: with shared ones every line asks all panels for theirs.
    plt.setp(axes.flat, ylim=(-0.04, 1.04), xlim=(0, max(line.budget for line in lines)), yticks=())
    plt.setp(axes[:-1].flat, xticks=())
    meaning = {}
    for line in sorted(lines, key=lambda line: line.lag):
        axis = axes[cells.index(line.cell), names.index(line.task)]
        meaning[f"lag {line.lag:,}"] = _course(axis, line, colours[line.lag])
    for axis, task in zip(axes[0], names, strict=True):
        axis.set_title(task.replace("_", "\n" if len(names) > 6 else " "))
    for axis in axes[-1]:
        axis.xaxis.set_major_locator(MaxNLocator(2))
        axis.xaxis.set_major_formatter(EngFormatter(sep=""))
    for axis, cell in zip(axes[:, 0], cells, strict=True):
        axis.set_ylabel(cell, rotation="horizontal", ha="right", va="center")
        axis.set_yticks((0, 1), ("0 %", "100 %"))
    figure.supxlabel("presentations", fontsize="medium")
    figure.legend(meaning.values(), meaning.keys(), loc="outside upper center", ncols=len(meaning))
    save(figure, path, formats, dpi=110)


def _course(axis: Any, line: AtLag, colour: Any) -> Any:
    """Draw the curve of one lag; its line."""
    curve = success_curve(line.presentations, line.budget)
    at = [0, *curve.presentations, line.budget]

    def steps(values: Sequence[float]) -> list[float]:
        return [0.0, *values, values[-1] if values else 0.0]

    axis.fill_between(at, steps(curve.low), steps(curve.high), step="post", color=colour, alpha=0.2, linewidth=0)
    (drawn,) = axis.step(at, steps(curve.solved), where="post", color=colour, linewidth=1.6)
    return drawn


def ranking(lines: Sequence[AtLag], path: Path, formats: Sequence[str] = ()) -> None:
    """Draw a panel for each cell, the best first: its profile with its interval, before those of all others.

    `path` and `formats` as in `shares`.
    """
    found = profiles(lines)
    wide = min(5, len(found))
    high = -(-len(found) // wide)
    size = (0.8 + 1.9 * wide, 0.6 + 1.4 * high)
    figure, axes = plt.subplots(high, wide, figsize=size, squeeze=False, sharex=True, sharey=True, layout="constrained")
    for axis, one in zip(axes.flat, found, strict=False):
        for other in found:
            axis.step(*_corners(other.solved), where="post", color="#cccccc", linewidth=0.7, zorder=0)
        axis.fill_between(*_corners(one.low, one.high), step="post", color=OURS, alpha=0.25, linewidth=0)
        axis.step(*_corners(one.solved), where="post", color=OURS, linewidth=1.8)
        axis.set(xlim=(0, 1), ylim=(0, 1), yticks=(0, 0.5, 1), xticks=(0, 0.5, 1))
        axis.set_title(one.cell, fontsize="medium")
        axis.text(0.96, 0.94, f"{one.score:.2f}", transform=axis.transAxes, ha="right", va="top", color=UNSOLVED)
        axis.xaxis.set_major_formatter(PercentFormatter(1.0))
        axis.yaxis.set_major_formatter(PercentFormatter(1.0))
    for axis in axes.flat[len(found) :]:
        axis.set_visible(False)
    figure.supxlabel("share of the budget of presentations", fontsize="medium")
    figure.supylabel("runs solved", fontsize="medium")
    save(figure, path, formats, dpi=110)


def _corners(*curves: Sequence[float]) -> list[np.ndarray]:
    """Those points of profiles that their steps need: where one of them changes, and the end."""
    values = np.array([SPENT, *curves])
    changes = (np.diff(values[1:], prepend=-1) != 0).any(axis=0)
    changes[-1] = True
    return list(values[:, changes])


def _cells(lines: Sequence[AtLag]) -> list[str]:
    return list(dict.fromkeys(line.cell for line in lines))


PICTURES = {"shares": shares, "courses": courses, "profiles": ranking}
"""The pictures of a board, by the ends of their files' names."""
