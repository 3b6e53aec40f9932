"""One run, as it is on disk."""

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
class Checkpoint:
    """Where an unfinished run stood when it was last written down."""

    records: tuple[dict[str, Any], ...]
    """Of the trials that have ended."""
    curves: dict[str, np.ndarray]
    """As a finished run's."""
    presentations: int
    """Made by every trial that still runs."""
    made: int
    """By all trials together."""
    seconds: float
    """Of work."""
    saved: float
    """When, in seconds since 1970."""

    @property
    def solved(self) -> int:
        """Trials that reached the last stage."""
        return sum(record["stages"][-1]["presentations"] is not None for record in self.records)


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
        path = self.directory / "curves.npz"
        if not path.exists():
            raise InputError(f"{path} is missing: the run is not finished, or its curves were left out of the copy.")
        return files.read_arrays(path)

    @cached_property
    def checkpoint(self) -> Checkpoint | None:
        """Of an unfinished run; None before the first is written.

        Raises:
            InputError: it is damaged.
            ValueError, LookupError: it is of another program.
        """
        path = self.directory / "checkpoint.npz"
        if self.finished or not path.exists():
            return None
        saved = path.stat().st_mtime
        arrays = files.read_arrays(path)
        error, interval = arrays["error"], self.configuration["curve_interval"]
        points = np.minimum(np.arange(1, len(error) + 1) * interval, self.configuration["budget"])
        shown = np.diff(points, prepend=0) @ np.isfinite(error).astype(int)
        return Checkpoint(
            records=tuple(json.loads(str(arrays["records"])).values()),
            curves={"presentations": points, "error": error, "wrong": arrays["wrong"]},
            presentations=int(points[-1]),
            made=int(shown.sum()),
            seconds=float(arrays["seconds"]),
            saved=saved,
        )

    @cached_property
    def trial_rows(self) -> list[dict[str, Any]]:
        """A flat row for every trial and stage of the criterion.

        `run` (its name), the fields of the configuration, `trial`, `stage`, `presentations` (None if unsolved),
        `solved`, `diverged`, `test_wrong_rate` (of its solution, or of its end if unsolved).
        """
        return [self._trial_row(record, stage) for record in self.records for stage in record["stages"]]

    @cached_property
    def point_rows(self) -> list[dict[str, Any]]:
        """A row for every trial and point of its learning curve: `run`, `row`, `seed`, `trial`, and as in `curves`.

        Raises:
            InputError: as `curves`.
        """
        curves = self.curves
        points, trials = np.nonzero(~np.isnan(curves["error"]))
        columns = {
            "trial": trials,
            "presentations": curves["presentations"][points],
            "error": curves["error"][points, trials],
            "wrong": curves["wrong"][points, trials],
        }
        who = {"run": self.name, "row": self.fields["row"], "seed": self.fields["seed"]}
        values = zip(*(column.tolist() for column in columns.values()), strict=True)
        return [who | dict(zip(columns, value, strict=True)) for value in values]

    def _trial_row(self, record: Mapping[str, Any], stage: Mapping[str, Any]) -> dict[str, Any]:
        tested = record["end"] if stage["presentations"] is None else stage
        return {
            "run": self.name,
            **self.fields,
            "trial": record["trial"],
            "stage": stage["stage"],
            "presentations": stage["presentations"],
            "solved": stage["presentations"] is not None,
            "diverged": record["diverged"],
            "test_wrong_rate": tested["test_wrong"] / self.fields["test_sequences"],
        }


def _flat(node: Mapping[str, Any], path: str = ""):
    for name, value in node.items():
        if isinstance(value, Mapping):
            yield from _flat(value, f"{path}{name}.")
        else:
            yield f"{path}{name}", value
