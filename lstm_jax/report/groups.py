"""Runs, and groups of them, in a terminal: how many trials succeeded, and after how many presentations."""

import math
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any, NamedTuple

from rich.console import RenderableType

from lstm_jax.report.columns import Column, terminal
from lstm_jax.report.table import count, mean_with_interval, of_all_trials, share_with_interval
from lstm_jax.results.groups import Figures, Group, compared

LONGEST = 60
"""Largest number of lines that are shown of a table of trials or points."""


class Line(NamedTuple):
    """A group of trials, or a run."""

    values: Mapping[str, Any]
    """What tells the line from other lines: fields, or `run`."""
    figures: Figures | None
    """The line's figures; None for a run that is not finished."""
    label: str = ""
    """The values in words, made by `group_table`."""


def _figure(text: Callable[[Figures], str], otherwise: str = "") -> Callable[[Line], str]:
    return lambda line: otherwise if line.figures is None else text(line.figures)


def _reached(figures: Figures, name: str) -> str:
    at = figures.quantiles[name]
    return "never" if math.isinf(at) else count(at)


def _restricted(figures: Figures) -> str:
    """The mean of all trials up to the smallest budget, where some are unsolved."""
    return of_all_trials(figures.solved, figures.trials, figures.restricted_mean, figures.restricted_interval)


COLUMNS: list[Column[Line]] = [
    Column("line", lambda line: line.label, " ", left=True),
    Column(
        "solved",
        _figure(lambda own: share_with_interval(own.solved, own.trials, own.solved_interval), "not finished"),
        "solved\n[95 %]",
    ),
    Column("mean", _figure(lambda own: mean_with_interval(own.mean, own.mean_interval)), "mean\n[95 %]"),
    Column("restricted", _figure(_restricted), "all trials\n[95 %]", below="mean"),
    Column("median", _figure(lambda own: _reached(own, "q50"))),
    Column("spread", _figure(lambda own: f"{_reached(own, 'q10')}-{_reached(own, 'q90')}"), "10-90 %", below="median"),
    Column("paper", _figure(lambda own: count(own.paper and own.paper.presentations)), "paper's\nmean"),
    Column("verdict", _figure(lambda own: own.verdict or ""), below="paper"),
    Column("budget", _figure(lambda own: "several" if own.budget is None else count(own.budget))),
]
"""Columns of a table of groups or runs; median and 10-90 % are over all trials, unsolved ones counted as never."""

RESTRICTED = (
    "Below the mean of the solved trials stands that of all, in which an unsolved one counts with the presentations "
    "that it was given; it needs more, hence ≥."
)


def group_table(lines: Sequence[Line]) -> RenderableType:
    """A table for a terminal; a line says what tells it from others and, of several stages, which one it is of."""
    names = _telling(lines)
    told = Counter(repr(line.values) for line in lines)
    stages = [[_stage(line.figures)] if line.figures and told[repr(line.values)] > 1 else [] for line in lines]
    labels = ["\n".join([*_label(line.values, names), *stage]) for line, stage in zip(lines, stages, strict=True)]
    return terminal(COLUMNS, [line._replace(label=label) for line, label in zip(lines, labels, strict=True)])


def plain_table(lines: Sequence[Mapping[str, Any]], names: Sequence[str]) -> RenderableType:
    """A table for a terminal: the first lines, with some of their columns."""
    columns = [Column[Mapping[str, Any]](name, lambda line, name=name: _text(line[name]), left=True) for name in names]
    return terminal(columns, lines[:LONGEST])


def explained(lines: Sequence[Line]) -> list[str]:
    """What a reader of a table has to know about the figures in it."""
    return [RESTRICTED] if any(line.figures and _restricted(line.figures) for line in lines) else []


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
    lines += _between(groups)
    if any(len({trial.run.fields["budget"] for trial in group.trials}) > 1 for group in groups):
        lines.append(
            "Trials with different budgets are in one group: unsolved ones count as never, however early given up; the "
            "mean of all goes to the smallest budget."
        )
    if unfinished:
        lines.append(f"Not finished: {_some(unfinished)}.")
    return lines + missing(left_out)


def missing(left_out: Mapping[Path, str]) -> list[str]:
    """What could not be read, a line for each reason."""
    reasons: dict[str, list[str]] = {}
    for path, reason in left_out.items():
        reasons.setdefault(reason, []).append(path.name)
    return [f"Left out, {reason}: {_some(names)}." for reason, names in reasons.items()]


def _between(groups: Sequence[Group]) -> list[str]:
    """The log-rank test, where a stage has two groups and no more."""
    stages: dict[str, list[Group]] = {}
    for group in groups:
        stages.setdefault(group.stage, []).append(group)
    found = []
    for stage, pair in stages.items():
        if len(pair) == 2 and (test := compared(*pair)) is not None:
            at = f", {stage}" if len(stages) > 1 else ""
            found.append(f"Between the two lines{at}: log-rank test, {_p(test.p)}, unsolved trials counted.")
    return found


def _p(p: float) -> str:
    return "p < 0.001" if p < 0.001 else f"p = {p:.2g}"


def _some(names: Sequence[str], most: int = 5) -> str:
    return ", ".join(names[:most]) + (f" and {len(names) - most} more" if len(names) > most else "")


def _telling(lines: Sequence[Line]) -> list[str]:
    """The names in which lines differ; all if there are none."""
    names = list(lines[0].values) if lines else []
    return [name for name in names if len({repr(line.values[name]) for line in lines}) > 1] or names


def _label(values: Mapping[str, Any], names: Sequence[str]) -> list[str]:
    """What a line is of, by the last part of its fields' names where that is enough."""
    last = [name.rpartition(".")[2] for name in names]
    short = {name: end if last.count(end) == 1 else name for name, end in zip(names, last, strict=True)}
    return [_text(values[name]) if name in ("row", "run") else f"{short[name]}={_text(values[name])}" for name in names]


def _stage(figures: Figures) -> str:
    return figures.short.replace(", ", ",\n")


def _text(value: Any) -> str:
    return "-" if value is None else f"{value:.4g}" if isinstance(value, float) else str(value)
