"""One run as a page shows it: its figures at every stage, its curves, how its trials ended, where it comes from."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from functools import lru_cache
from pathlib import Path
from typing import Any

from lstm_jax.errors import InputError
from lstm_jax.paper.tables import ROWS
from lstm_jax.paper.verdict import meaning
from lstm_jax.report import table
from lstm_jax.report.columns import texts
from lstm_jax.report.dashboard.courses import Room, course
from lstm_jax.report.table import count, duration, label, unsolved
from lstm_jax.results import Run, intact
from lstm_jax.results.files import UNREADABLE
from lstm_jax.results.provenance import commits
from lstm_jax.results.run import read_curves
from lstm_jax.results.training import Summary, TrialRecord

UNFINISHED = "not all trials have ended; the figures are those of the last checkpoint"
"""What stands beside a run that has no verdict yet."""

COLUMNS = [
    *(replace(column, below="compared") if column.name == "all trials" else column for column in table.COLUMNS),
    table.COMPARED,
]
"""Columns that the page has words for; in its tables the mean of all trials stands below the one that is compared."""


def shown(run: Run, room: Room) -> dict[str, Any]:
    """A run as plain values, with as many points of its curves as there is room for."""
    about = {
        "name": run.name,
        "folder": str(run.directory),
        "row": run.row,
        "trials": int(run.configuration["trials"]),
        "budget": int(run.configuration["budget"]),
        "finished": run.finished,
        "fields": run.fields,
        "made": _provenance(run.provenance),
    }
    return about | (_finished(run, room) if run.finished else _unfinished(run, room))


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


@lru_cache(maxsize=4096)
def _stage(summary: Summary) -> dict[str, Any]:
    """One stage of a finished run; made once while somebody watches other runs, for intervals take milliseconds."""
    if len(summary.presentations) != summary.trials:
        raise ValueError("presentations are not one number or null for every trial")
    kept = ("stage", "trials", "solved", "solved_interval", "presentations", "budget", "verdict")
    kept += ("mean", "mean_interval", "compared_mean", "compared_interval", "at_least", "median", "range")
    return {
        **{name: getattr(summary, name) for name in kept},
        "label": label(summary),
        "words": texts(COLUMNS, summary),
        "meaning": _meaning(summary),
        "note": unsolved(summary),
        "paper": summary.paper and summary.paper.presentations,
        "paper_percent": summary.paper and summary.paper.solved_percent,
    }


def _meaning(summary: Summary) -> str:
    """What the verdict says; empty for a row that the paper does not have."""
    return meaning(summary.verdict, summary.paper.solved_percent) if summary.verdict and summary.paper else ""


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
        "meaning": UNFINISHED,
        **dict.fromkeys(("mean", "mean_interval", "compared_mean", "compared_interval", "at_least", "median", "range")),
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
        "commit": ", ".join(map(_abbreviated, commits(provenance))),
        "machine": f"{provenance['processor']}, {provenance['cores']} cores, {provenance.get('system', '')}",
        "software": f"Python {provenance.get('python', '')}, {versions}",
    }


def _abbreviated(commit: str) -> str:
    """A commit as one types it, and whether there were changes."""
    digits, plus, changes = commit.partition("+")
    return digits[:12] + plus + changes
