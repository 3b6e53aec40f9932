"""The table and the picture of what memory cells are used for."""

from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
from rich.console import RenderableType

from lstm_jax.report.columns import Column, terminal
from lstm_jax.report.style import BLUE, GREEN, ORANGE, PURPLE, plt, save
from lstm_jax.results.studies import UseRecord

COLORS = (BLUE, ORANGE, GREEN)
"""Colours of variants."""

CELLS = (*COLORS, PURPLE)
"""Colours of cells."""

LEAST = 1e-4
"""Smallest value that is drawn: outputs do not notice less."""

TABLE = ("constant", "|s|", "error")
"""The measures that the table has."""

MEASURES: dict[str, tuple[str, Callable[[UseRecord], np.ndarray]]] = {
    "constant": ("share of the cells' message\nthat is constant", lambda record: _trials(record.sent_constant)),
    "|s|": ("|s| at the end", lambda record: _trials(record.drift).mean(axis=0)),
    "slope": ("h'(s) at the end,\nof its maximum", lambda record: _trials(record.slope).mean(axis=0)),
    "error": ("mean error of the outputs", lambda record: _trials(record.error)),
}
"""Measures with one number per trial: the title of the panel, and how to find the numbers."""


class Line(NamedTuple):
    """A variant of a row."""

    variant: str
    records: Mapping[int, UseRecord]
    """The variant's records, by the number of presentations."""


def lines(records: Sequence[UseRecord]) -> list[Line]:
    """One line per variant of one row."""
    return [
        Line(variant, {record.presentations: record for record in records if record.variant == variant})
        for variant in dict.fromkeys(record.variant for record in records)
    ]


def columns(records: Sequence[UseRecord]) -> list[Column[Line]]:
    """Columns of the table of one row: medians over trials at some moments."""

    def solved(line: Line) -> str:
        last = line.records[max(line.records)]
        return f"{last.solved}/{len(last.error)}"

    return [
        Column("variant", lambda line: line.variant, left=True),
        Column("solved", solved),
        *(
            Column[Line](
                f"{name} {at}", lambda line, name=name, at=at: _median(name, line.records[at]), f"{name}\n{at:,}"
            )
            for name in TABLE
            for at in _moments(records)
        ),
    ]


def of_row(records: Sequence[UseRecord], row: str) -> list[UseRecord]:
    """The records of one row."""
    return [record for record in records if record.row == row]


def tables(records: Sequence[UseRecord]) -> list[RenderableType]:
    """Tables for a terminal, one per row."""
    rows = {row: of_row(records, row) for row in dict.fromkeys(record.row for record in records)}
    return [terminal(columns(own), lines(own), title=f"row {row}") for row, own in rows.items()]


def picture(records: Sequence[UseRecord], path: Path) -> None:
    """Draw one line of panels per row: every measure against the presentations, medians and quartiles over trials."""
    studies = list(dict.fromkeys(record.row for record in records))
    figure, axes = plt.subplots(
        len(studies), len(MEASURES), figsize=(4 * len(MEASURES), 3 * len(studies)), squeeze=False, layout="constrained"
    )
    for line, row in zip(axes, studies, strict=True):
        own = of_row(records, row)
        variants = list(dict.fromkeys(record.variant for record in own))
        for axis, (title, find) in zip(line, MEASURES.values(), strict=True):
            for color, variant in zip(COLORS, variants, strict=False):
                chosen = [record for record in own if record.variant == variant]
                shown = [record.presentations for record in chosen]
                low, middle, high = np.array([_quartiles(find(record)) for record in chosen]).T
                axis.fill_between(shown, low, high, color=color, alpha=0.15, linewidth=0)
                axis.plot(shown, middle, "o-", color=color, markersize=3, linewidth=1.6, label=variant)
            axis.set_xscale("symlog", linthresh=10)
            axis.set_ylim(0, None)
            axis.set_ylabel(title)
            axis.spines[["top", "right"]].set_visible(False)
        line[0].set_title(f"row {row}", loc="left", fontweight="bold")
        line[0].legend(frameon=False, fontsize=8)
    for axis in axes[-1]:
        axis.set_xlabel("presentations")
    save(figure, path, dpi=110)


def cells_picture(records: Sequence[UseRecord], path: Path) -> None:
    """Draw one panel per variant: what each cell sends to the output units, its constant and its varying part."""
    studies = list(dict.fromkeys(record.row for record in records))
    variants = {row: list(dict.fromkeys(record.variant for record in of_row(records, row))) for row in studies}
    widest = max(map(len, variants.values()))
    figure, axes = plt.subplots(
        len(studies),
        widest,
        figsize=(4.6 * widest, 3 * len(studies)),
        sharey="row",
        squeeze=False,
        layout="constrained",
    )
    for line, row in zip(axes, studies, strict=True):
        for axis in line[len(variants[row]) :]:
            axis.set_visible(False)
        for axis, variant in zip(line, variants[row], strict=False):
            _cells(axis, [record for record in of_row(records, row) if record.variant == variant])
            axis.set_title(f"row {row}: {variant}", fontsize=10)
        line[0].set_ylabel("sent to the output units")
        line[0].set_ylim(max(LEAST, line[0].get_ylim()[0]), None)
    for axis in axes[-1]:
        axis.set_xlabel("presentations")
    handles, names = axes[0, 0].get_legend_handles_labels()
    figure.legend(handles, names, loc="outside lower center", ncols=len(names), frameon=False)
    save(figure, path, dpi=110)


def _cells(axis, records: Sequence[UseRecord]) -> None:
    shown = [record.presentations for record in records]
    for name, line in (("constant", "-"), ("varying", ":")):
        sent = np.array([np.median(_trials(getattr(record, f"{name}_sent")), axis=1) for record in records])
        for cell, (color, values) in enumerate(zip(CELLS, sent.T, strict=False)):
            axis.plot(shown, values, line, color=color, linewidth=1.8, label=f"cell {cell + 1}, {name}")
    axis.set_xscale("symlog", linthresh=10)
    axis.set_yscale("log", nonpositive="mask")
    axis.spines[["top", "right"]].set_visible(False)


def _trials(values: Any) -> np.ndarray:
    """Numbers with the trials last, NaN for none."""
    return np.array(values, float)


def _quartiles(values: np.ndarray) -> np.ndarray:
    there = values[~np.isnan(values)]
    return np.quantile(there, (0.25, 0.5, 0.75)) if len(there) else np.full(3, np.nan)


def _moments(records: Sequence[UseRecord]) -> list[int]:
    """An early moment, one of the middle, and the last."""
    every = sorted({record.presentations for record in records})
    return sorted({every[len(every) // 3], every[2 * len(every) // 3], every[-1]})


def _median(name: str, record: UseRecord) -> str:
    """Median of one of the measures over trials, in words."""
    _, find = MEASURES[name]
    middle = _quartiles(find(record))[1]
    return "" if np.isnan(middle) else f"{middle:.2g}"
