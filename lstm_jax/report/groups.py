"""Runs, and groups of them, in a terminal: how many trials succeeded, and after how many presentations."""

import math
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from rich.box import SIMPLE_HEAD
from rich.table import Table

from lstm_jax.report.table import count, short
from lstm_jax.results.groups import Group

LONGEST = 60
"""Lines of a table of trials or points that are shown."""


def group_table(lines: Sequence[Mapping[str, Any]], names: Sequence[str]) -> Table:
    """For 80 columns.

    Args:
        lines: as `statistics` gives them; one without figures is of a run that is not finished.
        names: what tells a line: fields, or `run`.
    """
    headings = ("", "solved\n[95 %]", "mean\n[95 %]", "median\n10-90 %", "paper's\nmean", "budget")
    table = Table(*headings, box=SIMPLE_HEAD, padding=(0, 1, 0, 0))
    table.columns[0].overflow = "fold"
    for column in table.columns[1:]:
        column.justify, column.no_wrap = "right", True
    shown = _telling(lines, names)
    stages = {
        _told(line, names) for line in lines if sum(_told(line, names) == _told(other, names) for other in lines) > 1
    }
    for line in lines:
        label = _label(line, shown)
        if _told(line, names) in stages:
            label += f"\n{short(line['stage'])}"
        table.add_row(label, *(_figures(line) if "n" in line else ("not finished", *[""] * 4)))
    return table


def plain_table(lines: Sequence[Mapping[str, Any]], names: Sequence[str]) -> Table:
    """The first lines, with some of their columns."""
    table = Table(*names, box=SIMPLE_HEAD, padding=(0, 1, 0, 0))
    for line in lines[:LONGEST]:
        table.add_row(*(_text(line[name]) for name in names))
    return table


def notes(groups: Sequence[Group], unfinished: Sequence[str], left_out: Mapping[Path, str]) -> list[str]:
    """What is not in the table, and why."""
    lines = []
    if repeated := sum(group.repeated for group in groups):
        contradictory = sum(group.contradictory for group in groups)
        lines.append(
            f"{repeated} records are of trials that another run had recorded before, and are left out; "
            + (
                f"{contradictory} of them say something else (of another commit or machine)."
                if contradictory
                else "all agree."
            )
        )
    if any(line.values.get("budget") is None and len({t["budget"] for t in line.trials}) > 1 for line in groups):
        lines.append(
            "Trials with different budgets are in one group: unsolved ones count as never, however early given up."
        )
    if unfinished:
        lines.append(f"Not finished: {_some(unfinished)}.")
    reasons: dict[str, list[str]] = {}
    for path, reason in left_out.items():
        reasons.setdefault(reason, []).append(path.name)
    return lines + [f"Left out, {reason}: {_some(names)}." for reason, names in reasons.items()]


def _some(names: Sequence[str], most: int = 5) -> str:
    return ", ".join(names[:most]) + (f" and {len(names) - most} more" if len(names) > most else "")


def _told(line: Mapping[str, Any], names: Sequence[str]) -> str:
    return repr([line.get(name) for name in names])


def _telling(lines: Sequence[Mapping[str, Any]], names: Sequence[str]) -> list[str]:
    """The names in which lines differ."""
    return [name for name in names if len({_told(line, [name]) for line in lines}) > 1] or list(names)


def _label(line: Mapping[str, Any], names: Sequence[str]) -> str:
    """What a line is of, by the last part of its fields' names where that is enough."""
    last = [name.rpartition(".")[2] for name in names]
    short = {name: end if last.count(end) == 1 else name for name, end in zip(names, last, strict=True)}
    return "\n".join(
        _text(line[name]) if name in ("row", "run") else f"{short[name]}={_text(line[name])}" for name in names
    )


def _figures(line: Mapping[str, Any]) -> tuple[str, ...]:
    interval = "" if line["mean_low"] is None else f"\n[{count(line['mean_low'])}, {count(line['mean_high'])}]"
    return (
        f"{line['solved']}/{line['n']}\n[{100 * line['success_low']:.0f}, {100 * line['success_high']:.0f} %]",
        ("-" if line["mean"] is None else count(line["mean"])) + interval,
        f"{_reached(line, 'q50')}\n{_reached(line, 'q10')}-{_reached(line, 'q90')}",
        count(line["paper_mean"]) + (f"\n{line['verdict']}" if line["verdict"] else ""),
        "several" if line["budget"] is None else count(line["budget"]),
    )


def _reached(line: Mapping[str, Any], name: str) -> str:
    return "never" if math.isinf(line[name]) else count(line[name])


def _text(value: Any) -> str:
    return "-" if value is None else f"{value:.4g}" if isinstance(value, float) else str(value)
