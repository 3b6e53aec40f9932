"""A job: an experiment, and where its results go."""

import dataclasses
from collections.abc import Callable
from pathlib import Path
from typing import Annotated, Any

from pydantic import Field

from lstm_jax import trackers
from lstm_jax.configuration import build, checked
from lstm_jax.trackers import TrackerSettings
from lstm_jax.trials.protocol import Experiment


@checked
class Output:
    """Where results go and how: nothing here changes them."""

    folder: Annotated[str, Field(min_length=1)]
    checkpoint_seconds: Annotated[float, Field(ge=0)]
    again: bool
    study: str | None = None
    """Name of the study that the run is part of; None if it is part of none."""


OUTPUT = tuple(field.name for field in dataclasses.fields(Output))


@dataclasses.dataclass(frozen=True)
class Job:
    """One experiment to run."""

    label: str
    experiment: Experiment
    directory: Path
    output: Output
    trackers: tuple[TrackerSettings, ...] = ()


def read_job(node: dict[str, Any], read: Callable[[dict[str, Any]], Experiment], label: str = "") -> Job:
    """Check a resolved configuration of an experiment and of where it goes.

    Args:
        node: plain values.
        read: checks what is left when `Output` and `tracker` have been taken from it.
        label: what names it in progress bars, by default the experiment's own label.

    Raises:
        InputError: something in it is not allowed.
    """
    output = build(Output, {name: node[name] for name in OUTPUT if name in node}, "")
    told = trackers.read(node.get("tracker", {}))
    experiment = read({name: value for name, value in node.items() if name not in (*OUTPUT, "tracker")})
    return Job(label or experiment.label, experiment, Path(output.folder) / experiment.name, output, told)
