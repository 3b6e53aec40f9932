"""Read run directories back: for tables, notebooks and the dashboard."""

import dataclasses
import json
from collections.abc import Mapping
from functools import cached_property
from pathlib import Path
from typing import Any

import numpy as np

from lstm_jax.errors import InputError
from lstm_jax.results import files


@dataclasses.dataclass(frozen=True)
class Run:
    """What a run left in its directory."""

    directory: Path
    configuration: dict[str, Any]
    """As it was resolved, nested."""
    records: tuple[dict[str, Any], ...]
    """One per trial; none before the run is finished."""
    summary: tuple[dict[str, Any], ...]
    """One object per stage of the criterion, as `summarise` describes it; none before the run is finished."""
    provenance: dict[str, Any]
    """Command, commit and machine; empty before the run is finished."""

    @property
    def name(self) -> str:
        """Of its directory: the row and a hash of the configuration."""
        return self.directory.name

    @property
    def finished(self) -> bool:
        """Whether all its trials have ended."""
        return bool(self.summary)

    @cached_property
    def fields(self) -> dict[str, Any]:
        """The configuration with dotted names, `optimizer.learning_rate`; lists stay lists."""
        return dict(_flat(self.configuration))

    @cached_property
    def curves(self) -> dict[str, np.ndarray]:
        """`presentations`, `[points]`; `error` and `wrong` (a share), `[points, trials]`, NaN where a trial has ended.

        Raises:
            InputError: the file is missing or damaged.
        """
        return files.read_arrays(self.directory / "curves.npz")


@dataclasses.dataclass(frozen=True)
class Runs:
    """The runs of a folder, and what in it could not be read."""

    runs: tuple[Run, ...]
    left_out: dict[Path, str]
    """Directories that look like runs and are none, each with the reason."""


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
            runs.append(_read(path.parent))
        except (OSError, ValueError, LookupError, TypeError) as error:
            left_out[path.parent] = _reason(error)
    if not runs and not left_out:
        raise InputError(f"folder is {str(folder)!r}: it holds no run (a directory with configuration.json in it).")
    return Runs(tuple(runs), left_out)


def _read(directory: Path) -> Run:
    configuration = json.loads((directory / "configuration.json").read_text())
    if not isinstance(configuration, dict) or not {"row", "seed", "trials", "budget"} <= configuration.keys():
        raise ValueError("configuration.json is not of a run")
    if not (directory / "summary.json").exists():
        return Run(directory, configuration, (), (), {})
    summary = json.loads((directory / "summary.json").read_text())
    records = files.read_json_lines(directory / "trials.jsonl")
    provenance = json.loads((directory / "provenance.json").read_text())
    if len(records) != summary[0]["trials"]:
        raise ValueError(f"trials.jsonl has {len(records)} records and summary.json {summary[0]['trials']} trials")
    return Run(directory, configuration, tuple(records), tuple(summary), provenance)


def _reason(error: Exception) -> str:
    if isinstance(error, json.JSONDecodeError):
        return "a file in it is half-written or damaged"
    if isinstance(error, OSError):
        return f"{Path(error.filename or '').name}: {(error.strerror or 'cannot be read').lower()}"
    if isinstance(error, LookupError | TypeError):
        return "a file in it is of another program or version"
    return str(error)


def _flat(node: Mapping[str, Any], path: str = ""):
    for name, value in node.items():
        if isinstance(value, Mapping):
            yield from _flat(value, f"{path}{name}.")
        else:
            yield f"{path}{name}", value
