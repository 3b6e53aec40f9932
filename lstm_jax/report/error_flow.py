"""The table and the picture of the error flow."""

from collections.abc import Mapping, Sequence
from itertools import cycle
from pathlib import Path
from typing import Any

import numpy as np

from lstm_jax.analysis.error_curves import Curve
from lstm_jax.report.columns import Column
from lstm_jax.report.labels import FLOW_BAND
from lstm_jax.report.style import BLACK, BLUE, GREEN, ORANGE, PURPLE, plt, save

LAGS = (1, 10, 50, 99, 1000)
"""Lags that the table shows."""

RANGE = (1e-20, 1e10)
"""Smallest and largest factor in the picture."""

STYLES = {  # of the errors in memory cells
    "truncated: state to state": (BLACK, "-"),
    "truncated: output to state": (PURPLE, "-"),
    "truncated: output to cell input": (BLUE, "-"),
    "all routes: output to cell input": (BLUE, ":"),
    "truncated: output to input gate": (ORANGE, "-"),
    "all routes: output to input gate": (ORANGE, ":"),
}


def columns(curves: Sequence[Curve]) -> list[Column[Curve]]:
    """Columns of the table: what is scaled, and its median factor at some lags; `Curve.group` groups the lines."""

    def factor(curve: Curve, lag: int) -> str:
        at = np.flatnonzero(curve.lags == lag)
        return in_words(curve.quantiles[1, at[0]]) if at.size else ""

    longest = max(curve.lags[-1] for curve in curves)
    return [
        Column("curve", lambda curve: curve.label, "median factor", left=True),
        *(
            Column[Curve](f"{lag}", lambda curve, lag=lag: factor(curve, lag), f"q = {lag:,}")
            for lag in LAGS
            if lag <= longest
        ),
    ]


def in_words(exponent: float) -> str:
    """A power of ten by its exponent, written short: 0.36, 1, 2.1e-09; 0 for minus infinity."""
    if exponent == -np.inf:
        return "0"
    if -3 < exponent < 3:
        return f"{10**exponent:.3g}"
    whole = int(np.floor(exponent))
    return f"{10 ** (exponent - whole):.1f}e{whole:+d}"


def picture(curves: Sequence[Curve], path: Path, formats: Sequence[str] = ()) -> None:
    """Draw four panels: ordinary nets and the carrousel, LSTM before training, after it, and on longer sequences.

    Args:
        curves: all of them.
        path: the picture to write; its ending gives the format unless there are `formats`.
        formats: endings, one file each.
    """
    names = list(dict.fromkeys(curve.group for curve in curves))
    figure, axes = plt.subplots(2, 2, figsize=(12, 8.4), sharex=True, sharey=True, layout="constrained")
    for axis, group in zip(axes.flat, names, strict=True):
        own = [curve for curve in curves if curve.group == group]
        _ordinary(axis, own) if any(curve.bounds for curve in own) else _memory_blocks(axis, own)
        axis.set_title(group)
        axis.axhline(1, color="#bbbbbb", linewidth=0.8, zorder=0)
    axes[0, 0].set(xscale="log", yscale="log", ylim=RANGE, xlim=(1, max(curve.lags[-1] for curve in curves)))
    for axis in axes[1]:
        axis.set_xlabel("lag q: steps back")
    for axis in axes[:, 0]:
        axis.set_ylabel("scaling factor of the error")
    lines, names = axes[0, 1].get_legend_handles_labels()
    axes[0, 1].legend(lines, names, frameon=False, loc="upper right", fontsize=9)
    save(figure, path, formats, dpi=130)


def recorded(curves: Sequence[Mapping[str, Any]]) -> list[Curve]:
    """The curves of error_flow.json, where null stands for no error at all."""

    def numbers(values):
        return np.array([-np.inf if value is None else value for value in values])

    return [
        Curve(
            curve["group"],
            curve["label"],
            np.array(curve["q"]),
            np.stack([numbers(curve[name]) for name in ("low", "median", "high")]),
            {name: numbers(bound) for name, bound in curve["bounds"].items()},
        )
        for curve in curves
    ]


def _ordinary(axis, curves: Sequence[Curve]) -> None:
    bound = r"upper bounds $n\,\tau^q$"
    *nets, carrousel = curves
    for color, curve in [*zip(cycle((BLUE, PURPLE, GREEN, ORANGE)), nets, strict=False), (BLACK, carrousel)]:
        _curve(axis, curve, color, "-")
        if curve.bounds:
            axis.plot(
                curve.lags, _drawable(curve.bounds["n tau^q"]), color=color, linestyle="--", linewidth=1, label=bound
            )
            bound = None
    axis.legend(frameon=False, fontsize=9, loc="lower left")


def _memory_blocks(axis, curves: Sequence[Curve]) -> None:
    found = {curve.label: curve for curve in curves}
    below = []
    for label, (color, line) in STYLES.items():
        _curve(axis, found[label], color, line, band=label == FLOW_BAND)
        if max(found[label].quantiles[1]) < np.log10(RANGE[0]):
            below.append((f"{label}: {in_words(found[label].quantiles[1, 0])}", color))
    for i, (text, color) in enumerate(below):
        where = (0.98, 0.3 + 0.055 * i)
        axis.text(*where, f"↓ {text}", color=color, ha="right", transform=axis.transAxes, fontsize=9)


def _curve(axis, curve: Curve, color: str, line: str, band: bool = True) -> None:
    low, median, high = _drawable(curve.quantiles)
    if band:
        axis.fill_between(curve.lags, low, high, color=color, alpha=0.13, linewidth=0)
    axis.plot(curve.lags, median, color=color, linestyle=line, linewidth=1.8, label=curve.label)


def _drawable(exponents: np.ndarray) -> np.ndarray:
    """Numbers for a logarithmic axis, cut off outside of the picture."""
    low, high = np.log10(RANGE)
    return 10 ** np.clip(exponents, low - 5, high + 5)
