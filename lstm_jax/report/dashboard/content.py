"""What a page shows of a folder: plain values for its script, numbers already in words where a reader meets them."""

import time
from collections.abc import Callable, Mapping, Sequence
from functools import lru_cache
from pathlib import Path
from typing import Any

from lstm_jax.errors import InputError
from lstm_jax.paper.tables import ROWS, TITLES
from lstm_jax.report import methods
from lstm_jax.report.columns import chosen, texts
from lstm_jax.report.dashboard.courses import Room, course, room
from lstm_jax.report.table import COLUMNS, count, duration, label, unsolved
from lstm_jax.results import Run, Runs, intact
from lstm_jax.results.files import UNREADABLE
from lstm_jax.results.provenance import commits
from lstm_jax.results.run import read_curves
from lstm_jax.results.training import Summary, TrialRecord

TABLE = ("row", "solved", "mean", "paper", "ratio", "trials", "verdict", "wrong", "time")
"""The columns of the page's tables; "trials" is a picture of all of them."""

LISTED = ("median", "range", "paper's wrong")
"""Further columns that the page shows elsewhere."""

Again = Callable[[Mapping[str, Any]], tuple[str, Sequence[str]]]
"""again(configuration): the command that runs it again, and what is different from the row's file."""


def content(
    found: Runs, folder: str, again: Again, inside: Mapping[str, Any] | None = None, seconds: int | float | None = None
) -> dict[str, Any]:
    """All that the page's script draws.

    Args:
        found: the folder's runs.
        folder: its name, for the title.
        again: how a run is made again.
        inside: `traces`, `flows` and `boards`, as `nets` reads them, and `left_out` of them.
        seconds: after which an open page looks for a newer one; None for one that stays as it is.
    """
    left_out = {str(path): reason for path, reason in found.left_out.items()}
    inside = {"traces": [], "flows": [], "boards": [], "left_out": {}} | dict(inside or {})
    trials = (run.configuration["trials"] for run in found.runs)
    available = room(len(found.runs), sum(number for number in trials if isinstance(number, int)))
    runs = []
    for run in found.runs:
        try:
            runs.append(_run(run, again, available))
        except UNREADABLE as error:
            left_out[str(run.directory)] = f"its record is of another program or version ({type(error).__name__})"
    shared = _shared([run["fields"] for run in runs])
    for run in runs:
        run["fields"] = {name: value for name, value in run["fields"].items() if name not in shared}
    return {
        "folder": folder,
        "made": time.time(),
        "seconds": seconds,
        "columns": _columns(),
        "tables": _tables(),
        "shared": shared,
        "runs": runs,
        "left_out": left_out | inside["left_out"],
        "traces": inside["traces"],
        "flows": inside["flows"],
        "boards": inside["boards"],
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
            "name": "In the text" if number is None else f"Table {number}",
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


def _run(run: Run, again: Again, room: Room) -> dict[str, Any]:
    command, changes = again(run.configuration)
    shown = {
        "name": run.name,
        "folder": str(run.directory),
        "row": run.row,
        "trials": int(run.configuration["trials"]),
        "budget": int(run.configuration["budget"]),
        "finished": run.finished,
        "fields": run.fields,
        "command": command,
        "changes": list(changes),
        "made": _provenance(run.provenance),
    }
    return shown | (_finished(run, room) if run.finished else _unfinished(run, room))


def _finished(run: Run, room: Room) -> dict[str, Any]:
    try:
        path = run.directory / "curves.npz"
        drawn, missing = _course(path, path.stat().st_mtime_ns, room), ""
    except UNREADABLE as error:
        drawn, missing = None, _why_no_curves(run, error)
    return {
        "stages": [_stage(summary) for summary in run.summary],
        "ends": [_end(record) for record in run.records],
        "weights": run.summary[0].weights,
        "wall": duration(run.summary[0].seconds),
        "seconds": run.summary[0].seconds,
        "course": drawn,
        "no_course": missing,
    }


@lru_cache(maxsize=4096)
def _course(path: Path, changed: int, room: Room) -> dict[str, Any]:
    """A finished run's curves, checked and read once while somebody watches the others."""
    intact.check(path.parent, path.name)
    return course(read_curves(path), room)


def _why_no_curves(run: Run, error: Exception) -> str:
    path = run.directory / "curves.npz"
    if isinstance(error, InputError):
        return str(error)
    return f"{path} is damaged ({type(error).__name__})." if path.exists() else f"{path} is not there."


def _stage(summary: Summary) -> dict[str, Any]:
    if len(summary.presentations) != summary.trials:
        raise ValueError("presentations are not one number or null for every trial")
    kept = ("stage", "trials", "solved", "solved_interval", "presentations", "budget", "verdict")
    kept += ("mean", "mean_interval", "median", "range")
    return {
        **{name: getattr(summary, name) for name in kept},
        "label": label(summary),
        "words": texts(COLUMNS, summary),
        "note": unsolved(summary),
        "paper": summary.paper and summary.paper.presentations,
        "paper_percent": summary.paper and summary.paper.solved_percent,
    }


def _end(record: TrialRecord) -> dict[str, Any]:
    """How one trial ended."""
    return {"wrong": record.end.wrong, "diverged": record.diverged}


def _unfinished(run: Run, room: Room) -> dict[str, Any]:
    """The run so far: trials that have ended count, the others are open at the last checkpoint."""
    checkpoint = run.checkpoint
    if checkpoint is None:
        return {"stages": [_open(run, (), 0)], "ends": [], "weights": None, "wall": "", "seconds": None} | {
            "course": None,
            "no_course": "There is no checkpoint yet.",
            "progress": None,
        }
    left = (run.configuration["budget"] - checkpoint.presentations) * checkpoint.seconds / checkpoint.presentations
    return {
        "stages": [_open(run, checkpoint.records, checkpoint.presentations)],
        "ends": [],
        "weights": None,
        "wall": duration(checkpoint.seconds),
        "seconds": checkpoint.seconds,
        "course": course(checkpoint.curves, room),
        "no_course": "",
        "progress": {
            "presentations": checkpoint.presentations,
            "solved": checkpoint.solved,
            "ended": len(checkpoint.records),
            "rate": checkpoint.made / checkpoint.seconds,
            "left": duration(left),
            "saved": checkpoint.saved,
        },
    }


def _open(run: Run, records: Sequence[TrialRecord], reached: int) -> dict[str, Any]:
    trials = int(run.configuration["trials"])
    row = ROWS.get(run.row)
    paper = row.results[-1].presentations if row else None
    ended = {record.trial: record.presentations for record in records}
    times = [ended.get(trial) for trial in range(trials)]
    solved = sum(at is not None for at in times)
    last = records[0].stages[-1].stage if records else "the criterion"
    text = f"Unfinished: {solved} of {trials} trials were solved when the others had seen {reached:,} sequences."
    return {
        "stage": last,
        "trials": trials,
        "solved": solved,
        "solved_interval": None,
        "presentations": times,
        "budget": reached,
        "verdict": "unfinished",
        **dict.fromkeys(("mean", "mean_interval", "median", "range")),
        "label": run.row,
        "words": dict.fromkeys((column.name for column in COLUMNS), "")
        | {"solved": f"{solved}/{trials}", "paper": count(paper)},
        "note": text,
        "paper": paper,
        "paper_percent": row.results[-1].solved_percent if row else None,
    }


def _provenance(provenance: Mapping[str, Any]) -> dict[str, str]:
    """Where a run comes from, in words."""
    if not provenance:
        return {}
    versions = ", ".join(f"{name} {number}" for name, number in provenance.get("versions", {}).items())
    return {
        "made by": str(provenance["command"]),
        "commit": ", ".join(commits(provenance)),
        "machine": f"{provenance['processor']}, {provenance['cores']} cores, {provenance.get('system', '')}",
        "software": f"Python {provenance.get('python', '')}, {versions}",
    }
