"""Pictures of recorded benchmarks: nanoseconds of a training's step, milliseconds of a layer's call."""

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np

from lstm_jax.report.style import OURS, PAPER, TRIAL, UNSOLVED, plt, save

FLAGS = {"lstm_jax": "our flags", "default": "default flags"}

COLORS = {"ours": OURS, "bptt": OURS, "autodiff": TRIAL, "autodiff_vmap": TRIAL}
LAYER_COLORS = {"lstm_jax": OURS, "Flax": PAPER, "PyTorch": TRIAL, "products": UNSOLVED}


def picture(content: Mapping[str, Any], path: Path, formats: Sequence[str] = ()) -> None:
    """Draw what `lstm-jax benchmark` has written as JSON.

    Args:
        content: of the file.
        path: the picture to write; its ending gives the format unless there are `formats`.
        formats: endings, one file each.
    """
    if "memory" in content:
        figure = _layers(content["figures"], content["memory"])
    else:
        figures = content["figures"]
        lines = any(f["distractors"] for f in figures)
        figure, axis = plt.subplots(figsize=(9, 4.5 if lines else 1.2 + 0.27 * len(figures)), layout="constrained")
        (_lines if lines else _bars)(axis, figures)
        figure.suptitle(f"Training on {content['task']}, drawing of sequences included")
    save(figure, path, formats)


def _bars(axis, figures: Sequence[Mapping[str, Any]]) -> None:
    """One horizontal bar per figure, fastest first, on a logarithmic axis."""
    rows = sorted(figures, key=lambda figure: figure["median"])
    flags = {f["contender"]: {g["flags"] for g in rows if g["contender"] == f["contender"]} for f in rows}
    medians, spread = _spread(rows)
    axis.barh(range(len(rows)), medians, color=[COLORS.get(row["contender"], PAPER) for row in rows])
    axis.errorbar(medians, range(len(rows)), xerr=spread, fmt="none", ecolor="black", elinewidth=1, capsize=2)
    highest = medians + spread[1]
    for i, row in enumerate(rows):
        axis.annotate(f"{_short(row['median'])} ns", (highest[i], i), (5, 0), textcoords="offset points", va="center")
    axis.set_yticks(range(len(rows)), [_in_words(row, len(flags[row["contender"]]) > 1) for row in rows])
    axis.invert_yaxis()
    limits = min(medians - spread[0]) / 2, max(highest) * 6
    axis.set(xscale="log", xlim=limits, xlabel="ns per trial-step, lowest to highest")
    axis.margins(y=0.02)


def _in_words(figure: Mapping[str, Any], with_flags: bool) -> str:
    count = "1 trial" if figure["trials"] == 1 else f"{figure['trials']:,} trials"
    row = f", {figure['row']}" if "batch" in figure["row"] else ""
    return f"{figure['label']}{row}, {count}, {figure['on']}{', ' + FLAGS[figure['flags']] if with_flags else ''}"


def _lines(axis, figures: Sequence[Mapping[str, Any]]) -> None:
    """One line per contender over the number of distractors, on a logarithmic axis."""
    for contender in dict.fromkeys(figure["contender"] for figure in figures):
        rows = [figure for figure in figures if figure["contender"] == contender]
        medians, spread = _spread(rows)
        distractors = [row["distractors"] for row in rows]
        axis.errorbar(distractors, medians, spread, fmt="o-", color=COLORS.get(contender, PAPER), capsize=2)
        name = f"{rows[-1]['label']}: {_short(medians[-1])} ns"
        axis.annotate(name, (distractors[-1], medians[-1]), (8, 0), textcoords="offset points", va="center")
    weights = {figure["distractors"]: figure["weights"] for figure in figures}
    axis.set(xscale="log", ylim=(0, None), xlabel="distractors", ylabel="ns per trial-step, lowest to highest")
    axis.set_xticks(list(weights), [f"{p:,}\n{count:,} weights" for p, count in weights.items()])
    axis.minorticks_off()


def _spread(figures: Sequence[Mapping[str, Any]]) -> tuple[np.ndarray, np.ndarray]:
    """The medians, `[figures]`, and how far the lowest and the highest times are from them, `[2, figures]`."""
    low, middle, high = np.array([(f["min"], f["median"], f["max"]) for f in figures]).T
    return middle, np.stack([middle - low, high - middle])


def _layers(figures: Sequence[Mapping[str, Any]], kept: Sequence[Mapping[str, Any]]):
    """Bars of times side by side, and memory against steps."""
    figure, axes = plt.subplots(1, 3, figsize=(15, 4.5), layout="constrained", width_ratios=[2, 2, 1.3])
    sizes = sorted({(f["units"], f["batch"]) for f in figures})
    for axis, passes in zip(axes, ("forward", "training"), strict=False):
        labels = dict.fromkeys(f["label"] for f in figures if f["pass"] == passes)
        width = 0.8 / max(len(labels), 1)
        for i, label in enumerate(labels):
            chosen = {
                (f["units"], f["batch"]): f["milliseconds"]
                for f in figures
                if (f["label"], f["pass"]) == (label, passes)
            }
            at = [sizes.index(size) + (i + 0.5) * width - 0.4 for size in chosen]
            axis.bar(at, chosen.values(), width, color=LAYER_COLORS[label], label=label)
        axis.set(yscale="log", ylabel="ms per call, median", title=passes)
        axis.set_xticks(range(len(sizes)), [f"{units}\n{batch}" for units, batch in sizes])
        axis.set_xlabel("units, and sequences in the batch")
        axis.legend()
    for name in dict.fromkeys(point["kept"] for point in kept):
        points = [(p["steps"], p["bytes"] / 2**20) for p in kept if p["kept"] == name and p["bytes"]]
        if points:
            axes[2].plot(*zip(*points, strict=True), "o-", label=name)
    about = f"{kept[0]['units']} units, {kept[0]['batch']} sequences" if kept else "nothing"
    axes[2].set(xscale="log", yscale="log", xlabel="steps", ylabel="MiB", title=f"kept for the way back: {about}")
    axes[2].legend()
    return figure


def _short(value: float) -> str:
    return f"{value:#.3g}" if value < 100 else f"{value:,.0f}"
