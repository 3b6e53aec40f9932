"""Read run directories back: for tables, notebooks and the dashboard."""

import dataclasses
from collections import Counter
from collections.abc import Iterable
from pathlib import Path
from typing import Any

from lstm_jax.errors import InputError
from lstm_jax.results import conditions, files, intact
from lstm_jax.results.groups import Figures, group, statistics
from lstm_jax.results.notebook import html_table
from lstm_jax.results.records import read
from lstm_jax.results.run import Run
from lstm_jax.results.training import Summary, TrialRecord

FIELDS = {"row": str, "seed": int, "trials": int, "budget": int, "test_sequences": int, "curve_interval": int}
"""Fields of a configuration that are read for every table, and their kinds."""

OTHERS = ({"problem", "architecture"}, {"variant", "training_streams"})
"""Fields that no run has but those of other programs: of `guess`, and of `continual`."""

REQUIRED = tuple(FIELDS)[:5]
"""Those that every run has."""


@dataclasses.dataclass(frozen=True)
class Runs:
    """The runs of a folder, and what in it could not be read."""

    runs: tuple[Run, ...]
    left_out: dict[Path, str]
    """Directories that look like runs and are none, each with the reason."""

    def __repr__(self) -> str:
        rows = Counter(run.row for run in self.runs)
        of = f" of {', '.join(f'{row} ({number})' for row, number in rows.items())}" if rows else ""
        counts = {"not finished": len(self.unfinished), "left out": len(self.left_out)}
        besides = "".join(f", {number} {what}" for what, number in counts.items() if number)
        return f"<{len(self.runs)} {'run' if len(self.runs) == 1 else 'runs'}{of}{besides}>"

    def _repr_html_(self) -> str:
        finished = [{"run": run.name} | summary.line for run in self.runs for summary in run.summary]
        return html_table(
            repr(self)[1:-1], finished + [{"run": run.name, "solved": run.outcome} for run in self.unfinished]
        )

    @property
    def unfinished(self) -> tuple[Run, ...]:
        """Runs that have no records yet."""
        return tuple(run for run in self.runs if not run.finished)

    def where(self, *wanted: str) -> "Runs":
        """The runs for which all conditions hold: `row=6a`, `optimizer.learning_rate>=0.1`, `gradient!=bptt`.

        Raises:
            InputError: a condition cannot be read, or no run has its field.
        """
        tests = [conditions.parse(condition, self.runs) for condition in wanted]
        return Runs(tuple(run for run in self.runs if all(test(run) for test in tests)), self.left_out)

    def groups(self, by: Iterable[str] | None = None) -> list[dict[str, Any]]:
        """One flat row for all trials that agree in these fields, by default in all but the seed; see `Figures`.

        Raises:
            InputError: no run has a field of this name.
        """
        return [statistics(group).line for group in group(self.runs, by)]

    def rows(self) -> list[dict[str, Any]]:
        """One flat row for every run and stage, as `pandas.DataFrame` takes them; unfinished runs have no figures."""
        rows = []
        for run, figures in self.figures():
            about = {"run": run.name, "directory": str(run.directory), "finished": run.finished, **run.fields}
            rows.append(about | (figures.line if figures else {}))
        return rows

    def figures(self) -> list[tuple[Run, Figures | None]]:
        """Every run with its figures at each stage; None if it is not finished."""
        return [
            (run, each) for run in self.runs for each in [statistics(group) for group in group([run], [])] or [None]
        ]

    def trials(self) -> list[dict[str, Any]]:
        """One flat row for every trial and stage; see `TrialAtStage.line`."""
        return [trial.line for run in self.runs for trial in run.trials]

    def points(self) -> list[dict[str, Any]]:
        """One flat row for every trial and point of its learning curve; see `Run.point_rows`.

        Raises:
            InputError: the curves of a finished run are missing or damaged.
        """
        return [row for run in self.runs if run.finished for row in run.point_rows]

    def with_curves(self) -> "Runs":
        """These runs, with those left out that are finished and whose curves are missing or damaged."""
        kept, left_out = [], dict(self.left_out)
        for run in self.runs:
            try:
                if run.finished:
                    _ = run.point_rows
                kept.append(run)
            except files.UNREADABLE as error:
                left_out[run.directory] = _reason(error, run.directory)
        return Runs(tuple(kept), left_out)


def load(folder: str | Path) -> Runs:
    """Read all runs in a folder, however deep, or the one that the folder is.

    Those of `guess` and `continual`, which have tables of their own, are passed over.

    Raises:
        InputError: the folder does not exist or holds no run.
    """
    folder = Path(folder)
    if not folder.is_dir():
        raise InputError(f"folder is {str(folder)!r}: there is no such directory.")
    runs, left_out = [], {}
    for path in sorted(folder.rglob("configuration.json")):
        try:
            if not _of_another_program(path):
                runs.append(_settled(path.parent))
        except files.UNREADABLE as error:
            left_out[path.parent] = _reason(error, path.parent)
    if not runs and not left_out:
        raise InputError(f"folder is {str(folder)!r}: it holds no run (a directory with configuration.json in it).")
    return Runs(tuple(runs), left_out)


def _of_another_program(path: Path) -> bool:
    """Whether a configuration has the fields of an experiment of `guess` or `continual`."""
    configuration = intact.read_json(path)
    return isinstance(configuration, dict) and any(own <= configuration.keys() for own in OTHERS)


def _settled(directory: Path) -> Run:
    """Read a run; once more if it was finished, or begun again, in the meantime."""
    before = _finished_at(directory)
    try:
        return read_run(directory)
    except files.UNREADABLE:
        if _finished_at(directory) == before:
            raise
        return read_run(directory)


def _finished_at(directory: Path) -> int | None:
    path = directory / "summary.json"
    return path.stat().st_mtime_ns if path.exists() else None


def read_run(directory: Path) -> Run:
    """Read one run: its files are what was written, every value is of its kind, and they agree.

    Raises:
        InputError, OSError, ValueError, LookupError, TypeError, AttributeError: it is damaged or something else.
    """
    path = directory / "configuration.json"
    configuration = intact.read_json(path)
    if not isinstance(configuration, dict) or not {"row", "seed", "trials", "budget"} <= configuration.keys():
        raise ValueError("configuration.json is not of a run")
    summary, records = read(Summary, TrialRecord, directory)
    for name, kind in FIELDS.items():
        if type(value := configuration.get(name)) is not kind and (name in REQUIRED or value is not None):
            raise InputError(f"{path} is not of a run: {name} is {value!r}, and not of the kind {kind.__name__}.")
    if not summary:
        return Run(directory, configuration, (), (), {})
    sample = {(record.row, record.seed) for record in records}
    if sample != {(configuration["row"], configuration["seed"])}:
        raise intact.damaged(directory / "trials.jsonl", "is of another configuration")
    return Run(directory, configuration, records, summary, intact.read_json(directory / "provenance.json"))


def _reason(error: Exception, directory: Path) -> str:
    if isinstance(error, OSError):
        return f"{Path(error.filename or '').name}: {(error.strerror or 'cannot be read').lower()}"
    if isinstance(error, LookupError | TypeError | AttributeError):
        return "a file in it is of another program or version"
    return str(error).replace(f"{directory}/", "").rstrip(".")
