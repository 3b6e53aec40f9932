"""Read run directories back: for tables, notebooks and the dashboard."""

import dataclasses
import json
from collections.abc import Iterable
from pathlib import Path
from typing import Any

from lstm_jax import stages
from lstm_jax.errors import InputError
from lstm_jax.results import conditions, files
from lstm_jax.results.groups import Figures, group, statistics
from lstm_jax.results.records import typed
from lstm_jax.results.run import Run
from lstm_jax.results.training import Summary, TrialRecord


@dataclasses.dataclass(frozen=True)
class Runs:
    """The runs of a folder, and what in it could not be read."""

    runs: tuple[Run, ...]
    left_out: dict[Path, str]
    """Directories that look like runs and are none, each with the reason."""

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


def load(folder: str | Path) -> Runs:
    """Read all runs in a folder, however deep, or the one that the folder is.

    Raises:
        InputError: the folder does not exist or holds no run.
    """
    folder = Path(folder)
    if not folder.is_dir():
        raise InputError(f"folder is {str(folder)!r}: there is no such directory.")
    runs, left_out = [], {}
    for path in sorted(folder.rglob("configuration.json")):
        try:
            runs.append(read_run(path.parent))
        except files.UNREADABLE as error:
            left_out[path.parent] = _reason(error)
    if not runs and not left_out:
        raise InputError(f"folder is {str(folder)!r}: it holds no run (a directory with configuration.json in it).")
    return Runs(tuple(runs), left_out)


def read_run(directory: Path) -> Run:
    """Read one run.

    Raises:
        InputError, OSError, ValueError, LookupError, TypeError, AttributeError: it is damaged or something else.
    """
    configuration = json.loads((directory / "configuration.json").read_text())
    if not isinstance(configuration, dict) or not {"row", "seed", "trials", "budget"} <= configuration.keys():
        raise ValueError("configuration.json is not of a run")
    if not (directory / "summary.json").exists():
        return Run(directory, configuration, (), (), {})
    path, names = directory / "summary.json", stages.configured(configuration.get("criterion") or {})
    summary = typed(Summary, json.loads(path.read_text()), path, names)
    records = typed(TrialRecord, files.read_json_lines(directory / "trials.jsonl"), directory / "trials.jsonl", names)
    provenance = json.loads((directory / "provenance.json").read_text())
    if len(records) != summary[0].trials:
        raise ValueError(f"trials.jsonl has {len(records)} records and summary.json {summary[0].trials} trials")
    if "test_sequences" not in configuration:
        raise ValueError("configuration.json is not of a run")
    return Run(directory, configuration, records, summary, provenance)


def _reason(error: Exception) -> str:
    if isinstance(error, json.JSONDecodeError):
        return "a file in it is half-written or damaged"
    if isinstance(error, OSError):
        return f"{Path(error.filename or '').name}: {(error.strerror or 'cannot be read').lower()}"
    if isinstance(error, LookupError | TypeError | AttributeError):
        return "a file in it is of another program or version"
    return str(error)
