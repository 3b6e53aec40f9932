"""Trackers: dashboards of other programs, which are told of runs as they go.

What a run leaves on disk does not depend on them.
"""

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, Protocol, runtime_checkable

from lstm_jax.configuration import named
from lstm_jax.errors import InputError
from lstm_jax.trackers.aside import Aside
from lstm_jax.trackers.mlflow import Mlflow
from lstm_jax.trackers.protocol import Point, Tracker
from lstm_jax.trackers.several import Several
from lstm_jax.trackers.tensorboard import TensorBoard
from lstm_jax.trackers.trackio import Trackio
from lstm_jax.trackers.wandb import Wandb

__all__ = ["TRACKERS", "Point", "Tracker", "TrackerSettings", "read", "start"]

TRACKERS = {"wandb": Wandb, "tensorboard": TensorBoard, "mlflow": Mlflow, "trackio": Trackio}


@runtime_checkable
class TrackerSettings(Protocol):
    """A tracker in the node `tracker` of a configuration, checked: a `configuration` dataclass."""

    def start(self, folder: Path) -> Tracker:
        """A tracker for the runs of one program; its own files stand under their folder."""
        ...


def read(node: Any) -> tuple[TrackerSettings, ...]:
    """Check the node `tracker`: for each tracker its settings, by its name.

    One of yours stands under any name and says `name: module.Class`.

    Raises:
        InputError: a name is unknown, or a field is not allowed.
    """
    if not isinstance(node, Mapping):
        raise InputError(f"tracker is {node!r}: it should have the settings of each tracker by its name.")
    return tuple(_read(name, fields) for name, fields in node.items())


def _read(name: str, fields: Any) -> TrackerSettings:
    path, node = f"tracker.{name}", {"name": name, **fields} if isinstance(fields, Mapping) else fields
    settings = named(TRACKERS, node, path)
    if not isinstance(settings, TrackerSettings):
        raise InputError(f"{path}.name is {node['name']!r}: it should have a method start(folder).")
    return settings


def start(settings: Sequence[TrackerSettings], folder: Path) -> Tracker:
    """A tracker for the runs of a program that tells all of these, out of their way: no run waits or fails for one."""
    return Several([_aside(each, folder) for each in settings])


def _aside(settings: TrackerSettings, folder: Path) -> Tracker:
    ours = isinstance(settings, tuple(TRACKERS.values()))
    return settings.start(folder) if ours else Aside(lambda: settings.start(folder))
