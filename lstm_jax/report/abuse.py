"""The table and the picture of what memory cells are used for."""

from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np
from rich.box import SIMPLE_HEAD
from rich.table import Table

from lstm_jax.report.style import BLUE, GREEN, ORANGE, PURPLE, plt, save
from lstm_jax.report.table import markdown_table

COLORS = (BLUE, ORANGE, GREEN)
"""Of variants."""

CELLS = (*COLORS, PURPLE)
"""Colours of cells."""

LEAST = 1e-4
"""Below nothing is drawn: outputs do not notice it."""

TABLE = ("constant", "|s|", "error")
"""The measures that the table has."""

MEASURES: dict[str, tuple[str, Callable[[Mapping[str, Any]], np.ndarray]]] = {
    "constant": ("share of the cells' message\nthat is constant", lambda record: _trials(record["sent_constant"])),
    "|s|": ("|s| at the end", lambda record: _trials(record["drift"]).mean(axis=0)),
    "slope": ("h'(s) at the end,\nof its maximum", lambda record: _trials(record["slope"]).mean(axis=0)),
    "error": ("mean error of the outputs", lambda record: _trials(record["error"])),
}
"""One number per trial: the title of its panel, and how to find it."""


def columns(records: Sequence[Mapping[str, Any]]) -> tuple[str, ...]:
    """Of the table of one row's records."""
    return ("variant", "solved", *(f"{name} {moment:,}" for name in TABLE for moment in _moments(records)))


def lines(records: Sequence[Mapping[str, Any]]) -> list[tuple[str, ...]]:
    """One line per variant of one row, in the order of `columns`: medians over trials."""
    result = []
    for variant in dict.fromkeys(record["variant"] for record in records):
        own = {record["presentations"]: record for record in records if record["variant"] == variant}
        last = own[max(own)]
        found = (_in_words(find(own[at])) for _, find in (MEASURES[name] for name in TABLE) for at in _moments(records))
        result.append((variant, f"{last['solved']}/{len(last['error'])}", *found))
    return result


def of_row(records: Sequence[Mapping[str, Any]], row: str) -> list[Mapping[str, Any]]:
    """A row's own records."""
    return [record for record in records if record["row"] == row]


def rich_tables(records: Sequence[Mapping[str, Any]]) -> list[Table]:
    """For a terminal: one table per row."""
    tables = []
    for row in dict.fromkeys(record["row"] for record in records):
        own = of_row(records, row)
        table = Table(box=SIMPLE_HEAD, pad_edge=False, padding=(0, 1, 0, 0), title=f"row {row}", title_justify="left")
        for i, name in enumerate(columns(own)):
            table.add_column(name, justify="right" if i else "left")
        for line in lines(own):
            table.add_row(*line)
        tables.append(table)
    return tables


def markdown(records: Sequence[Mapping[str, Any]]) -> str:
    """For documents: one table of one row."""
    names = tuple(name.replace("|", "\\|") for name in columns(records))
    return markdown_table(names, lines(records))


def picture(records: Sequence[Mapping[str, Any]], path: Path) -> None:
    """Draw one line of panels per row: every measure against the presentations, medians and quartiles over trials."""
    studies = list(dict.fromkeys(record["row"] for record in records))
    figure, axes = plt.subplots(
        len(studies), len(MEASURES), figsize=(4 * len(MEASURES), 3 * len(studies)), squeeze=False, layout="constrained"
    )
    for line, row in zip(axes, studies, strict=True):
        own = of_row(records, row)
        variants = list(dict.fromkeys(record["variant"] for record in own))
        for axis, (title, find) in zip(line, MEASURES.values(), strict=True):
            for color, variant in zip(COLORS, variants, strict=False):
                chosen = [record for record in own if record["variant"] == variant]
                shown = [record["presentations"] for record in chosen]
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


def cells_picture(records: Sequence[Mapping[str, Any]], path: Path) -> None:
    """Draw one panel per variant: what each cell sends to the output units, its constant and its varying part."""
    studies = list(dict.fromkeys(record["row"] for record in records))
    variants = {row: list(dict.fromkeys(record["variant"] for record in of_row(records, row))) for row in studies}
    columns = max(map(len, variants.values()))
    figure, axes = plt.subplots(
        len(studies),
        columns,
        figsize=(4.6 * columns, 3 * len(studies)),
        sharey="row",
        squeeze=False,
        layout="constrained",
    )
    for line, row in zip(axes, studies, strict=True):
        for axis in line[len(variants[row]) :]:
            axis.set_visible(False)
        for axis, variant in zip(line, variants[row], strict=False):
            _cells(axis, [record for record in of_row(records, row) if record["variant"] == variant])
            axis.set_title(f"row {row}: {variant}", fontsize=10)
        line[0].set_ylabel("sent to the output units")
        line[0].set_ylim(max(LEAST, line[0].get_ylim()[0]), None)
    for axis in axes[-1]:
        axis.set_xlabel("presentations")
    lines, names = axes[0, 0].get_legend_handles_labels()
    figure.legend(lines, names, loc="outside lower center", ncols=len(names), frameon=False)
    save(figure, path, dpi=110)


def _cells(axis, records: Sequence[Mapping[str, Any]]) -> None:
    shown = [record["presentations"] for record in records]
    for name, line in (("constant", "-"), ("varying", ":")):
        sent = np.array([np.median(_trials(record[f"{name}_sent"]), axis=1) for record in records])
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


def _moments(records: Sequence[Mapping[str, Any]]) -> list[int]:
    """One early moment, one of the middle, the last."""
    every = sorted({record["presentations"] for record in records})
    return sorted({every[len(every) // 3], every[2 * len(every) // 3], every[-1]})


def _in_words(values: np.ndarray) -> str:
    middle = _quartiles(values)[1]
    return "" if np.isnan(middle) else f"{middle:.2g}"
