"""What a page shows of a folder: plain values for its script, numbers already in words where a reader meets them."""

import time
from collections.abc import Callable, Mapping, Sequence
from typing import Any

from lstm_jax.paper.tables import ROWS, TITLES
from lstm_jax.paper.verdict import MEANINGS
from lstm_jax.report import methods
from lstm_jax.report.columns import chosen
from lstm_jax.report.dashboard.courses import room
from lstm_jax.report.dashboard.departures import Departures, departures
from lstm_jax.report.dashboard.outcome import in_order, outcome
from lstm_jax.report.dashboard.runs import COLUMNS, UNFINISHED, shown
from lstm_jax.results import Runs
from lstm_jax.results.files import UNREADABLE

TABLE = ("row", "solved", "compared", "paper", "ratio", "trials", "verdict", "wrong", "time")
"""The columns of the page's tables; "trials" is a picture of all of them."""

LISTED = ("mean", "all trials", "median", "range", "paper's wrong")
"""Further columns that the page shows elsewhere."""

Again = Callable[[Mapping[str, Any]], tuple[str, Sequence[str]]]
"""again(configuration): the command that runs it again, and what is different from the row's file."""


def content(
    found: Runs,
    folder: str,
    again: Again,
    inside: Mapping[str, Any] | None = None,
    seconds: int | float | None = None,
    docs: str | None = None,
) -> dict[str, Any]:
    """All that the page's script draws.

    Args:
        found: the folder's runs.
        folder: its name, for the title.
        again: how a run is made again.
        inside: `traces`, `flows`, `boards` and `claims`, as `nets` reads them, and `left_out` of them.
        seconds: after which an open page looks for a newer one; None for one that stays as it is.
        docs: where the documents lie as seen from the page, for links to them; None where they are not there.
    """
    left_out = {str(path): reason for path, reason in found.left_out.items()}
    inside = {"traces": [], "flows": [], "boards": [], "claims": [], "left_out": {}} | dict(inside or {})
    trials = (run.configuration["trials"] for run in found.runs)
    available = room(len(found.runs), sum(number for number in trials if isinstance(number, int)))
    runs, described = {}, []
    for run in found.runs:
        try:
            command, changes = again(run.configuration)
            departs = departures(run.row, run.fields, changes)
            runs[run.directory] = shown(run, available) | _conditions(command, changes, departs)
            described.append((run, departs))
        except UNREADABLE as error:
            left_out[str(run.directory)] = f"its record is of another program or version ({type(error).__name__})"
    ordered = in_order(described)
    lines = [runs[run.directory] for run, _ in ordered]
    shared = _shared([line["fields"] for line in lines])
    for line in lines:
        line["fields"] = {name: value for name, value in line["fields"].items() if name not in shared}
    return {
        "folder": folder,
        "made": time.time(),
        "seconds": seconds,
        "docs": docs,
        "meanings": MEANINGS | {"unfinished": UNFINISHED},
        "outcome": outcome(ordered),
        "columns": _columns(),
        "tables": _tables(),
        "shared": shared,
        "runs": lines,
        "left_out": left_out | inside["left_out"],
        "traces": inside["traces"],
        "flows": inside["flows"],
        "boards": inside["boards"],
        "claims": inside["claims"],
    }


def _conditions(command: str, changes: Sequence[str], departs: Departures) -> dict[str, Any]:
    return {
        "command": command,
        "changes": list(changes),
        "departs": {"words": departs.words, "settings": departs.settings, "closest": departs.closest},
    }


def _shared(fields: Sequence[Mapping[str, Any]]) -> dict[str, Any]:
    """Settings that all runs have in common: they would be most of a large page."""
    first = fields[0] if len(fields) > 1 else {}
    return {name: value for name, value in first.items() if all(name in own and own[name] == value for own in fields)}


def _columns() -> dict[str, Any]:
    """Which columns the tables have, and of every column that the page shows its heading and how it is aligned."""
    words = chosen(COLUMNS, *(name for name in TABLE if name != "trials"), *LISTED)
    about = {column.name: {"heading": column.title, "left": column.left, "below": column.below} for column in words}
    return {"table": TABLE, "about": about | {"trials": {"heading": "trials", "left": True, "below": ""}}}


def _tables() -> list[dict[str, Any]]:
    """The paper's rows, by table."""
    return [
        {
            "name": "" if number is None else f"Table {number}",
            "title": title,
            "rows": {name: _paper_row(name) for name in methods.order(number)},
        }
        for number, title in TITLES.items()
    ]


def _paper_row(name: str) -> dict[str, Any]:
    row = ROWS[name]
    size = f"p = {row.size}" if row.size.isdecimal() else row.size
    return {
        "about": ", ".join(text for text in (row.method if row.method != "LSTM" else "", size) if text),
        "presentations": [result.presentations for result in row.results],
        "trials": row.trials,
        "budget": row.budget,
    }
