"""The picture of what a net of memory blocks does in one sequence."""

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np

from lstm_jax.analysis.traces import answer, symbol
from lstm_jax.cells import MemoryBlocks
from lstm_jax.report import labels
from lstm_jax.report.style import AMBER, BLUE, GREEN, ORANGE, PURPLE, SKY, UNSOLVED, YELLOW, plt, save

COLORS = (BLUE, ORANGE, GREEN, PURPLE, AMBER, SKY)
"""Colours of blocks, and of outputs."""

LINES = ("-", "--", ":", "-.")
"""Styles of the lines of the cells in a block."""

MOST_LETTERS = 150
"""Largest number of letters that can be read side by side."""

MOST_NAMES = 20
"""Largest number of outputs that have their names at the axis."""

MOST_LINES = 6
"""Largest number of outputs that can be told apart as lines; more are drawn as shades."""


def picture(
    task: Any,
    cell: MemoryBlocks,
    about: Mapping[str, Any],
    found: Mapping[str, np.ndarray],
    path: Path,
    formats: Sequence[str] = (),
) -> None:
    """Draw activations against time, one panel for each kind.

    Args:
        task: names the symbols.
        cell: how cells and blocks belong together.
        about: what was drawn, for the title.
        found: arrays by name, `[time, ...]`.
        path: the picture to write; its ending gives the format unless there are `formats`.
        formats: endings, one file each.
    """
    gates = ["input_gate", *(["output_gate"] if "output_gate" in found else [])]
    kinds = ["inputs", *gates, "cell_input", "state", "cell_output", "outputs"]
    many = "target_mask" in found and found["outputs"].shape[1] > MOST_LINES
    heights = [1.6] * len(kinds)
    heights[0] = 0.6 if found["inputs"].ndim == 1 else 1.4
    heights[-1] = 2.6 if many else 1.6
    figure, axes = plt.subplots(
        len(kinds),
        1,
        figsize=(13, sum(heights)),
        sharex=True,
        height_ratios=heights,
        layout="constrained",
    )
    steps = np.arange(len(found["inputs"]))
    for axis, kind in zip(axes, kinds, strict=True):
        for t in np.flatnonzero(found["relevant"]):
            axis.axvspan(t - 0.5, t + 0.5, color=YELLOW, alpha=0.6, linewidth=0, zorder=0)
        if kind == "inputs":
            _inputs(axis, task, found["inputs"], found["relevant"])
        elif kind == "outputs":
            _shades(axis, task, found) if many else _outputs(axis, task, found)
        else:
            _units(axis, kind, cell, steps, found[kind])
    axes[0].set_xlim(-1, len(steps))
    axes[-1].set_xlabel("step")
    learned = f"solved after {about['solved_at']:,} presentations" if about["solved_at"] else "not solved"
    answer = "right" if about["correct"] else "wrong"
    figure.suptitle(f"Row {about['row']}, trial {about['trial']}, {learned}: a test sequence, answered {answer}")
    save(figure, path, formats, dpi=110)


def _inputs(axis, task, inputs: np.ndarray, marked: np.ndarray) -> None:
    axis.set_ylabel("inputs")
    if inputs.ndim == 2:
        for i, (values, color) in enumerate(zip(inputs.T, COLORS, strict=False)):
            axis.plot(values, color=color, linewidth=1, marker=".", markersize=3, label=f"input {i + 1}")
        if inputs.shape[1] > 1:
            for t in np.flatnonzero(marked):
                axis.annotate(
                    f"{inputs[t, 0]:.2f}", (t, 1), (2, 0), ("data", "axes fraction"), "offset points", fontsize=8
                )
        _legend(axis)
        return
    axis.set(ylim=(-1, 1), yticks=[])
    names = [symbol(task, int(number)) for number in inputs]
    readable = sum(map(len, names)) <= MOST_LETTERS
    for t, name in enumerate(names):
        if marked[t] or readable:
            style = {"fontweight": "bold", "fontsize": 11} if marked[t] else {"fontsize": 7, "color": UNSOLVED}
            axis.text(t, 0, name, ha="center", va="center", **style)


def _units(axis, kind: str, cell: MemoryBlocks, steps: np.ndarray, values: np.ndarray) -> None:
    """Gates by block; cells by block and, within, by kind of line."""
    size = values.shape[1] // cell.blocks
    for i, unit in enumerate(values.T):
        block, inside = divmod(i, size)
        line = LINES[inside % len(LINES)]
        axis.plot(
            steps, unit, color=COLORS[block % len(COLORS)], linestyle=line, linewidth=1.4, label=labels.cell(i, size)
        )
    axis.set_ylabel(labels.PANELS[kind].replace(" g(", "\ng("))
    if kind.endswith("gate"):
        axis.set_ylim(-0.05, 1.05)
    else:
        axis.axhline(0, color="#bbbbbb", linewidth=0.7, zorder=0)
    _legend(axis)


def _outputs(axis, task: Any, found: Mapping[str, np.ndarray]) -> None:
    """Lines, and the targets as circles where there are any."""
    outputs, targets = found["outputs"], found["targets"]
    for k, (values, color) in enumerate(zip(outputs.T, COLORS, strict=False)):
        axis.plot(values, color=color, linewidth=1.4, label=answer(task, k))
        at = np.flatnonzero(found["target_mask"]) if "target_mask" in found else [len(outputs) - 1]
        wanted = targets[at, k] if "target_mask" in found else [targets[k]]
        axis.plot(at, wanted, "o", markersize=9, markerfacecolor="none", markeredgecolor=color, clip_on=False)
    axis.set_ylabel("outputs\n(circles: targets)")
    _legend(axis)


def _shades(axis, task: Any, found: Mapping[str, np.ndarray]) -> None:
    """Too many outputs for lines: shades of grey, and the targets of one as circles."""
    axis.imshow(found["outputs"].T, aspect="auto", cmap="Greys", vmin=0, vmax=1, origin="lower", interpolation="none")
    at, which = np.nonzero((found["targets"] > 0.5) & found["target_mask"][:, None])
    axis.plot(at, which, "o", markersize=7, markerfacecolor="none", markeredgecolor=COLORS[1])
    if found["outputs"].shape[1] <= MOST_NAMES:
        axis.set_yticks(*zip(*((k, symbol(task, k)) for k in range(found["outputs"].shape[1])), strict=True))
    axis.set_ylabel("outputs\n(circles: targets)")


def _legend(axis) -> None:
    if len(axis.get_lines()) == 1:
        return
    axis.legend(frameon=False, fontsize=8, loc="center left", bbox_to_anchor=(1.0, 0.5))
