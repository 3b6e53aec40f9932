"""One run, as it is on disk."""

import dataclasses
import json
from collections.abc import Iterator, Mapping
from functools import cached_property
from pathlib import Path
from typing import Any

import numpy as np

from lstm_jax import stages
from lstm_jax.errors import InputError
from lstm_jax.results import files, intact
from lstm_jax.results.notebook import html_table
from lstm_jax.results.records import RENAMED_CURVES, typed
from lstm_jax.results.training import StageRecord, Summary, TrialRecord
from lstm_jax.safetensors import decoded


@dataclasses.dataclass(frozen=True)
class Checkpoint:
    """Where an unfinished run stood when it was last written down."""

    records: tuple[TrialRecord, ...]
    """Records of the trials that have ended."""
    curves: dict[str, np.ndarray]
    """Learning curves so far, as in `Run.curves`."""
    presentations: int
    """Number of presentations made by every trial that still runs."""
    made: int
    """Number of presentations made by all trials together."""
    seconds: float
    """Time of work, in seconds."""
    saved: float
    """When the checkpoint was written, in seconds since 1970."""

    @property
    def solved(self) -> int:
        """Number of trials that reached the last stage."""
        return sum(record.solved for record in self.records)


@dataclasses.dataclass(frozen=True)
class TrialAtStage:
    """One trial of a run, looked at at one stage of the criterion."""

    run: "Run"
    record: TrialRecord
    at: StageRecord

    @property
    def presentations(self) -> int | None:
        """Training sequences that were needed for the stage; None if it was not reached."""
        return self.at.presentations

    @property
    def wrong_rate(self) -> float:
        """The share of test sequences that were wrong: of the net that reached the stage, or of the trial's end."""
        return (self.at.tested or self.record.end).wrong / self.run.fields["test_sequences"]

    @property
    def line(self) -> dict[str, Any]:
        """All in one flat row, for data frames: with the run's name and the fields of its configuration."""
        return {
            "run": self.run.name,
            **self.run.fields,
            "trial": self.record.trial,
            "stage": self.at.stage,
            "presentations": self.presentations,
            "solved": self.presentations is not None,
            "diverged": self.record.diverged,
            "wrong_rate": self.wrong_rate,
        }


@dataclasses.dataclass(frozen=True)
class Run:
    """What a run left in its directory."""

    directory: Path
    configuration: dict[str, Any]
    """The resolved configuration, as nested plain values."""
    records: tuple[TrialRecord, ...]
    """One per trial; none before the run is finished."""
    summary: tuple[Summary, ...]
    """One per stage of the criterion; none before the run is finished."""
    provenance: dict[str, Any]
    """Command, commit and machine; empty before the run is finished."""

    def __repr__(self) -> str:
        return f"<run {self.name}: {self.outcome}>"

    def _repr_html_(self) -> str:
        return html_table(f"{self.name}: {self.outcome}", [summary.line for summary in self.summary])

    @property
    def outcome(self) -> str:
        """What came of it, in words."""
        if not self.finished:
            return "not finished"
        return self.summary[-1].outcome

    @property
    def name(self) -> str:
        """The name of the run's directory: the row and a hash of the configuration."""
        return self.directory.name

    @property
    def row(self) -> str:
        """Name of a row of the paper, or of an experiment of one's own."""
        return str(self.configuration["row"])

    @property
    def finished(self) -> bool:
        """Whether all its trials have ended."""
        return bool(self.summary)

    @cached_property
    def fields(self) -> dict[str, Any]:
        """The configuration with dotted names, `optimizer.learning_rate`; lists stay lists."""
        return dict(flat(self.configuration))

    @cached_property
    def curves(self) -> dict[str, np.ndarray]:
        """`presentations`, `[points]`; `error` and `wrong_rate`, `[points, trials]`, NaN where a trial has ended.

        Raises:
            InputError: the file is missing or damaged.
        """
        path = self.directory / "curves.npz"
        if not path.exists():
            raise InputError(f"{path} is missing: the run is not finished, or its curves were left out of the copy.")
        intact.check(self.directory, path.name)
        return read_curves(path, "presentations", "error", "wrong_rate")

    @cached_property
    def weights(self) -> dict[str, np.ndarray]:
        """The weights of all trials' nets, `[..., trials]`, by where they stand in a net: `hidden.input_gate.bias`.

        They are those with which a trial reached the last stage of its criterion; of an unsolved one those at its end.

        Raises:
            InputError: the file is missing or damaged.
        """
        return self._kept[0]

    @cached_property
    def net(self) -> dict[str, Any]:
        """Sizes of the nets whose weights are kept: `inputs`, `outputs`, and whether they read `symbols`.

        Raises:
            InputError: as `weights`.
        """
        return json.loads(self._kept[1]["net"])

    @cached_property
    def _kept(self) -> tuple[dict[str, np.ndarray], dict[str, str]]:
        path = self.directory / intact.WEIGHTS
        if not path.exists():
            raise InputError(
                f"{path} is missing: the run is not finished, is of a version that kept no weights, or they were left "
                "out of the copy."
            )
        intact.check(self.directory, path.name)
        return decoded(path.read_bytes(), path)

    @cached_property
    def checkpoint(self) -> Checkpoint | None:
        """The checkpoint of an unfinished run; None for a finished one, and before the first is written.

        Raises:
            InputError: it is damaged, or of another program or version.
            ValueError, LookupError, TypeError: likewise.
        """
        path = self.directory / "checkpoint.npz"
        if self.finished or not path.exists():
            return None
        saved = path.stat().st_mtime
        arrays = read_curves(path, "error", "wrong_rate", "records", "seconds")
        if not (seconds := float(arrays["seconds"])) > 0:
            raise ValueError("its work has taken no time")
        error, interval = arrays["error"], self.configuration["curve_interval"]
        points = np.minimum(np.arange(1, len(error) + 1) * interval, self.configuration["budget"])
        shown = np.diff(points, prepend=0) @ np.isfinite(error).astype(int)
        return Checkpoint(
            records=typed(TrialRecord, list(json.loads(str(arrays["records"])).values()), path, self._stages),
            curves={"presentations": points, "error": error, "wrong_rate": arrays["wrong_rate"]},
            presentations=int(points[-1]),
            made=int(shown.sum()),
            seconds=seconds,
            saved=saved,
        )

    @cached_property
    def trials(self) -> tuple[TrialAtStage, ...]:
        """Every trial at every stage of the criterion."""
        return tuple(TrialAtStage(self, record, stage) for record in self.records for stage in record.stages)

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
            "wrong_rate": curves["wrong_rate"][points, trials],
        }
        who = {"run": self.name, "row": self.fields["row"], "seed": self.fields["seed"]}
        values = zip(*(column.tolist() for column in columns.values()), strict=True)
        return [who | dict(zip(columns, value, strict=True)) for value in values]

    @property
    def _stages(self) -> tuple[stages.Stage, ...]:
        return stages.configured(self.configuration.get("criterion") or {})


def flat(node: Mapping[str, Any], path: str = "") -> Iterator[tuple[str, Any]]:
    """The values of nested mappings, by dotted names."""
    for name, value in node.items():
        if isinstance(value, Mapping):
            yield from flat(value, f"{path}{name}.")
        else:
            yield f"{path}{name}", value


def read_curves(path: Path, *needed: str) -> dict[str, np.ndarray]:
    """The arrays of a file that has learning curves in it, by their names of today.

    Raises:
        InputError: the file is damaged, or an array that is needed is not there.
    """
    arrays = {RENAMED_CURVES.get(name, name): array for name, array in files.read_arrays(path).items()}
    for name in needed:
        if name not in arrays:
            raise InputError(f"{path} is of another program or version: it has no {name}.")
    return arrays
